"""Mail about exports that have ended: written with the end, claimed and crossed off by `jobs.notify`.

A letter is claimed by one update, so any number of clocks send it once; only a process that is killed while it talks
to the mail server may send one again, with the same Message-ID.
"""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select, update

from dashboard.database import db, now
from dashboard.extensions import settings
from dashboard.models import Export, Letter

TRIES = 8
CLAIM_SECONDS = 120
FIRST_WAIT_SECONDS = 60
AWAY_SECONDS = 60


def write_letters(export_id: int, kind: str) -> None:
    """Tell those who asked for it how an export has ended, in the transaction of its end; nobody without a server."""
    if not settings.smtp_url:
        return
    run_no, notify = db.session.execute(
        select(Export.run_no, Export.notify).where(Export.id == export_id)
    ).one()
    for recipient in dict.fromkeys(notify):
        db.session.add(Letter(export_id=export_id, run_no=run_no, kind=kind, recipient=recipient))


def claim_letter() -> Letter | None:
    """The next letter to send, kept from others for a while; None when there is none."""
    free = or_(Letter.claimed_until.is_(None), Letter.claimed_until < now())
    _give_up_worn_out()
    due = (Letter.state == "waiting", Letter.next_at <= now(), free)
    while (
        found := db.session.scalar(select(Letter.id).where(*due).order_by(Letter.next_at).limit(1))
    ) is not None:
        claim = update(Letter).where(Letter.id == found, *due)
        claim = claim.values(claimed_until=now(CLAIM_SECONDS), attempts=Letter.attempts + 1)
        claimed = db.session.execute(claim.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
        db.session.commit()
        if claimed:
            return db.session.get_one(Letter, found, populate_existing=True)
    return None


def _give_up_worn_out() -> None:
    """Every try was ended from outside."""
    worn_out = (Letter.state == "waiting", Letter.attempts >= TRIES, Letter.claimed_until < now())
    db.session.execute(update(Letter).where(*worn_out).values(state="given_up", claimed_until=None))
    db.session.commit()


def letter_sent(letter: Letter) -> None:
    letter.state, letter.sent_at, letter.claimed_until, letter.error = "sent", now(), None, None
    db.session.commit()


def letter_failed(letter: Letter, error: str, *, for_good: bool = False) -> None:
    """Try again after 1, 2, 4 … minutes; never again when the server will not have it, or after the last try."""
    if for_good or letter.attempts >= TRIES:
        letter.state = "given_up"
    letter.error, letter.claimed_until = error[:200], None
    letter.next_at = now(FIRST_WAIT_SECONDS * 2 ** (letter.attempts - 1))
    db.session.commit()


def hold_letters() -> None:
    """The mail server is away: the others need not try it for a while."""
    soon = (Letter.state == "waiting", Letter.next_at < now(AWAY_SECONDS))
    db.session.execute(update(Letter).where(*soon).values(next_at=now(AWAY_SECONDS)))
    db.session.commit()


def forget_letters(older_than_seconds: float) -> None:
    """Addresses are not kept longer than they are of use."""
    done = (
        Letter.state != "waiting",
        func.coalesce(Letter.sent_at, Letter.next_at) < now(-older_than_seconds),
    )
    db.session.execute(delete(Letter).where(*done))
    db.session.commit()
