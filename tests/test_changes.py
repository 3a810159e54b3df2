"""Changing, annotating and deleting exports, and their signed links."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from dashboard import delivery, lifecycle, planning, search
from dashboard.database import db, now
from dashboard.extensions import storage
from dashboard.models import Audit, Event, Export, File
from dashboard.storage import Missing
from tests.factories import make_export


def test_notes_change_in_any_status(user):
    for status in ("running", "completed", "cancelled"):
        export = make_export(user, status)
        lifecycle.annotate(export, user, name="Other", reference="A-1", client_metadata={"a": 1})
        db.session.refresh(export)
        assert (export.name, export.reference, export.client_metadata) == ("Other", "A-1", {"a": 1})
        assert export.status == status


def test_nobody_else_changes_them(user, stranger):
    export = make_export(user)
    with pytest.raises(lifecycle.Refused):
        lifecycle.annotate(export, stranger, name="Mine")
    with pytest.raises(lifecycle.Refused):
        lifecycle.delete(export, stranger)


def test_a_waiting_export_asks_for_something_else(user, work, enqueued):
    export = lifecycle.request(user, planning.plan(user, "orders", fields=["id"]), name="Old")
    db.session.execute(Export.__table__.update().values(status="pending"))
    db.session.commit()
    plan = planning.plan(user, "customers", fields=["email"], format="json")
    lifecycle.change(export, user, plan, name="New", notify=["a@example.com"])
    work()
    assert (export.resource, export.name, export.status, export.format) == (
        "customers",
        "New",
        "completed",
        "json",
    )
    assert export.notify == ["a@example.com"]


@pytest.mark.parametrize("status", ["running", "completed", "cancelled"])
def test_what_has_begun_is_not_changed(user, status):
    export = make_export(user, status)
    with pytest.raises(lifecycle.AlreadyStarted):
        lifecycle.change(export, user, planning.plan(user, "customers"), name="New")
    db.session.refresh(export)
    assert export.resource == "orders"


def test_a_deleted_export_is_gone_but_audited(user, superuser):
    export = make_export(user)
    key = export.files[0].key
    lifecycle.delete(export, user)
    assert search.find_export(user, export.id) is None
    assert search.find_export(superuser, export.id) is None
    assert search.find_exports(superuser).total == 0
    with pytest.raises(Missing):
        storage.open(key)
    assert db.session.scalar(select(Audit.detail).where(Audit.action == "delete")) == {"name": "Orders"}
    assert db.session.scalar(select(File.deleted_at)) is not None
    with pytest.raises(lifecycle.Refused):
        lifecycle.delete(export, user)


@pytest.mark.parametrize("status", ["pending", "queued", "running", "finalizing"])
def test_what_is_under_way_is_not_deleted(user, status):
    export = make_export(user, status)
    with pytest.raises(lifecycle.StillGoing):
        lifecycle.delete(export, user)
    db.session.refresh(export)
    assert export.deleted_at is None


def test_a_scheduled_export_that_is_deleted_never_begins(user):
    export = make_export(user, "scheduled", scheduled_at=now(3600))
    lifecycle.delete(export, user)
    db.session.refresh(export)
    assert export.status == "cancelled"


def test_an_id_is_given_once(user):
    plan = planning.plan(user, "orders")
    lifecycle.request(user, plan, name="One", public_id="mine")
    with pytest.raises(lifecycle.Taken):
        lifecycle.request(user, plan, name="Two", public_id="mine")


def test_an_export_made_for_a_day_expires_after_a_day(user, work):
    export = lifecycle.request(user, planning.plan(user, "orders"), name="Day", keep_seconds=86_400)
    work()
    assert timedelta(hours=23) < export.expires_at - datetime.now(UTC) < timedelta(hours=25)


def test_an_output_has_some_of_the_columns(user, work):
    outputs = [planning.Output("csv", fields=("number", "id")), planning.Output("json")]
    plan = planning.plan(
        user, "orders", fields=["id", "number", "status"], outputs=outputs, headings="names", row_limit=3
    )
    export = lifecycle.request(user, plan, name="Two")
    work()
    csv, json = (storage.open(file.key).read().decode() for file in export.files[:2])
    assert csv.splitlines()[0] == '"number","id"'
    assert len(csv.splitlines()) == 4
    assert '"status"' in json
    assert export.total_count == 3


def test_an_output_cannot_have_what_the_export_has_not(user):
    with pytest.raises(planning.Invalid) as refused:
        planning.plan(user, "orders", fields=["id"], outputs=[planning.Output("csv", fields=("number",))])
    assert "fields" in refused.value.errors


# -- signed links --------------------------------------------------------------------------------------


def path(link):
    return link.removeprefix("http://localhost")


def test_a_link_gives_the_file_without_credentials(user, client):
    export = make_export(user)
    answer = client.get(path(delivery.link(export.files[0], user)))
    assert answer.status_code == 200
    assert answer.data == b'"id"\r\n1\r\n'
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer.headers["Cache-Control"]
    assert db.session.scalar(select(Event.kind).where(Event.kind == "downloaded"))


def test_a_link_gives_a_gzip_file(user, client):
    export = make_export(user)
    answer = client.get(path(delivery.link(export.files[0], user, gzip=True)))
    assert gzip.decompress(answer.data) == b'"id"\r\n1\r\n'
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers


def test_a_link_dies(user, client, monkeypatch):
    export = make_export(user)
    link = path(delivery.link(export.files[0], user))
    # Not the last character, whose low bits say nothing.
    assert client.get(link[:-9] + ("A" if link[-9] != "A" else "B") + link[-8:]).status_code == 404
    assert client.get(link[:-2]).status_code == 404
    with monkeypatch.context() as later:
        later.setattr(
            delivery.time, "time", lambda: datetime.now(UTC).timestamp() + delivery.LINK_SECONDS + 1
        )
        assert client.get(link).status_code == 404
    user.can_export = False
    db.session.commit()
    assert client.get(link).status_code == 404
    user.can_export = True
    db.session.commit()
    lifecycle.delete(export, user)
    assert client.get(link).status_code == 404
