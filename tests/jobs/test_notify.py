"""The outbox: written with the end of an export, sent once, tried again when the mail server is away."""

import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from dashboard import lifecycle, planning
from dashboard.database import db
from dashboard.models import Export, Letter
from jobs import clock, notify
from tests.factories import make_export
from tests.mailboxes import Inbox

IDA, BO = "ida@example.com", "bo@example.com"


def letters():
    return list(
        db.session.scalars(select(Letter).order_by(Letter.id).execution_options(populate_existing=True))
    )


def states():
    return [(letter.recipient, letter.state) for letter in letters()]


def ask(user, **kept):
    plan = planning.plan(user, "orders", fields=("id", "number"))
    return lifecycle.request(user, plan, name="Orders", **kept)


def bring_forward():
    """A minute, or many, have passed."""
    for letter in letters():
        letter.next_at = letter.claimed_until = datetime.now(UTC) - timedelta(seconds=1)
    db.session.commit()


@pytest.fixture
def post(mail_server, set_mail):
    """Mail is on, and a real server takes it."""
    set_mail(smtp_url=f"smtp://{mail_server()}")


def test_who_asked_for_it_is_told_once_when_the_file_is_there(user, work, post, inbox):
    export = ask(user, notify=[IDA, BO, IDA])
    assert letters() == [], "nothing to tell yet"
    work()
    assert states() == [(IDA, "waiting"), (BO, "waiting")]
    assert clock.tick("a", 1)
    clock.tick("a", 2)
    arrived = [message_from_bytes(envelope.content, policy=policy.default) for envelope in inbox.envelopes]
    assert [envelope.rcpt_tos for envelope in inbox.envelopes] == [[IDA], [BO]], (
        "nobody sees who else is told"
    )
    assert [message["To"] for message in arrived] == [IDA, BO]
    assert all(message["Subject"].startswith("Ready: Orders (") for message in arrived)
    assert len({message["Message-ID"] for message in arrived}) == 2
    assert f"http://localhost/exports/{export.id}" in arrived[0].get_content()
    assert states() == [(IDA, "sent"), (BO, "sent")]
    assert all(letter.sent_at and letter.attempts == 1 for letter in letters())


def test_nobody_is_told_of_what_nobody_asked_for(user, work, post):
    ask(user)
    work()
    assert letters() == []


def test_without_a_mail_server_nothing_is_written(user, work):
    ask(user, notify=[IDA])
    work()
    assert letters() == []
    assert notify.send_due() == 0


def test_a_failure_is_told_too(user, post, inbox):
    failed = make_export(user, status="running", notify=[IDA])
    lifecycle.fail(failed.id, failed.run_no, "source_changed")
    late = make_export(
        user, status="running", notify=[IDA], deadline_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    lifecycle.give_up()
    assert [(letter.export_id, letter.kind) for letter in letters()] == [
        (failed.id, "failed"), (late.id, "timed_out"),
    ]  # fmt: skip
    assert notify.send_due() == 2
    assert all(b"Subject: Failed: Orders" in envelope.content for envelope in inbox.envelopes)


def test_a_cancelled_export_tells_nobody(user, superuser, post):
    export = make_export(user, status="running", notify=[IDA])
    lifecycle.cancel(export, superuser)
    assert letters() == []


def test_each_end_of_an_export_that_runs_again_is_told(user, post):
    export = make_export(user, status="running", notify=[IDA])
    lifecycle.fail(export.id, export.run_no, "internal")
    lifecycle.restart(db.session.get(Export, export.id, populate_existing=True), user)
    run_no = lifecycle.claim(export.id, "job:b")
    lifecycle.fail(export.id, run_no, "internal")
    assert notify.send_due() == 2


def test_an_end_that_loses_the_race_leaves_no_letter(user, post):
    export = make_export(user, status="running", notify=[IDA])
    assert not lifecycle.fail(export.id, export.run_no + 1, "internal")
    assert letters() == []


def test_a_server_that_is_away_is_tried_again_after_1_2_4_minutes_and_8_times(user, set_mail):
    set_mail(smtp_url="smtp://127.0.0.1:1")
    export = make_export(user, status="running", notify=[IDA])
    lifecycle.fail(export.id, export.run_no, "internal")
    for number in range(1, 9):
        assert notify.send_due() == 0
        [letter] = letters()
        wait = (letter.next_at - datetime.now(UTC)).total_seconds()
        assert letter.attempts == number
        assert wait == pytest.approx(60 * 2 ** (number - 1), abs=5)
        assert "ConnectionRefusedError" in letter.error
        assert notify.send_due() == 0
        assert letters()[0].attempts == number, "not before its time"
        bring_forward()
    assert states() == [(IDA, "given_up")]
    assert notify.send_due() == 0
    assert letters()[0].attempts == 8


def test_while_the_server_is_away_the_others_wait_without_a_try(user, set_mail):
    set_mail(smtp_url="smtp://127.0.0.1:1")
    export = make_export(user, status="running", notify=[f"p{number}@example.com" for number in range(50)])
    lifecycle.fail(export.id, export.run_no, "internal")
    notify.send_due()
    assert notify.send_due() == 0
    assert sorted(letter.attempts for letter in letters()) == [0] * 49 + [1]


def test_when_the_server_is_back_the_mail_goes_out(user, set_mail, mail_server, inbox):
    set_mail(smtp_url="smtp://127.0.0.1:1")
    export = make_export(user, status="running", notify=[IDA, BO])
    lifecycle.fail(export.id, export.run_no, "internal")
    notify.send_due()
    set_mail(smtp_url=f"smtp://{mail_server()}")
    bring_forward()
    assert notify.send_due() == 2
    assert {tuple(envelope.rcpt_tos) for envelope in inbox.envelopes} == {(IDA,), (BO,)}


def test_a_refused_recipient_is_given_up_and_the_others_get_theirs(user, post, inbox):
    inbox.answers[IDA] = "550 No such mailbox"
    export = make_export(user, status="running", notify=[IDA, "not an address", BO])
    lifecycle.fail(export.id, export.run_no, "internal")
    assert notify.send_due() == 1
    assert [state for _, state in states()] == ["given_up", "given_up", "sent"]
    assert letters()[0].error == "550 No such mailbox"


def test_one_that_is_refused_for_now_is_tried_again_with_the_same_message_id(user, post, inbox):
    export = make_export(user, status="running", notify=[IDA])
    lifecycle.fail(export.id, export.run_no, "internal")
    inbox.answers["DATA"] = "451 Greylisted"
    assert notify.send_due() == 0
    assert states() == [(IDA, "waiting")]
    inbox.answers.clear()
    bring_forward()
    assert notify.send_due() == 1
    first, second = (message_from_bytes(envelope.content)["Message-ID"] for envelope in inbox.envelopes)
    assert first == second


def test_a_letter_that_was_claimed_by_a_process_that_died_is_sent_later(user, post):
    export = make_export(user, status="running", notify=[IDA])
    lifecycle.fail(export.id, export.run_no, "internal")
    assert lifecycle.claim_letter().recipient == IDA
    assert lifecycle.claim_letter() is None
    assert notify.send_due() == 0
    bring_forward()
    assert notify.send_due() == 1


def test_a_letter_that_kills_every_process_is_given_up(user, post):
    export = make_export(user, status="running", notify=[IDA])
    lifecycle.fail(export.id, export.run_no, "internal")
    for _ in range(8):
        assert lifecycle.claim_letter()
        bring_forward()
    assert lifecycle.claim_letter() is None
    assert states() == [(IDA, "given_up")]


def test_a_deleted_export_is_not_written_about(user, post, inbox):
    export = make_export(user, status="running", notify=[IDA])
    lifecycle.fail(export.id, export.run_no, "internal")
    lifecycle.delete(db.session.get(Export, export.id, populate_existing=True), user)
    assert notify.send_due() == 0
    assert (states(), inbox.envelopes) == ([(IDA, "given_up")], [])


def test_a_slow_server_does_not_hold_the_clock(user, post, inbox, monkeypatch):
    export = make_export(user, status="running", notify=[f"p{number}@example.com" for number in range(9)])
    lifecycle.fail(export.id, export.run_no, "internal")
    monkeypatch.setattr(notify, "ROUND_SECONDS", 0.2)
    plain = Inbox.handle_DATA

    async def slowly(self, server, session, envelope):
        time.sleep(0.15)
        return await plain(self, server, session, envelope)

    monkeypatch.setattr(Inbox, "handle_DATA", slowly)
    assert 1 <= notify.send_due() <= 3
    assert 1 <= notify.send_due() <= 3, "the rest follows"


def test_letters_are_forgotten_after_a_month(user, post):
    export = make_export(user, status="running", notify=[IDA, BO])
    lifecycle.fail(export.id, export.run_no, "internal")
    notify.send_due()
    letters()[0].sent_at = datetime.now(UTC) - timedelta(days=31)
    db.session.commit()
    clock.sweep()
    assert [letter.recipient for letter in letters()] == [BO]
