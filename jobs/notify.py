"""Sends the mail of the outbox: `jobs.clock` calls `send_due` in each round."""

from __future__ import annotations

import smtplib
import time

import structlog

from dashboard import lifecycle, mail
from dashboard.database import db
from dashboard.extensions import settings
from dashboard.models import Export, Letter

# The clock has other things to do as well.
ROUND_SECONDS = 5

log = structlog.get_logger()


def send_due() -> int:
    """Send what is due, for a few seconds at most; how many letters were sent."""
    letter = lifecycle.claim_letter() if settings.smtp_url else None
    if letter is None:
        return 0
    sent, until = 0, time.monotonic() + ROUND_SECONDS
    try:
        with mail.server() as connection:
            while letter:
                sent += _send(connection, letter)
                letter = lifecycle.claim_letter() if time.monotonic() < until else None
    except mail.Away as error:
        log.warning("mail_server_away", error=str(error))
        lifecycle.letter_failed(letter, str(error))
        lifecycle.hold_letters()
    return sent


def _send(connection: smtplib.SMTP, letter: Letter) -> bool:
    try:
        export = db.session.get_one(Export, letter.export_id)
        if export.deleted_at:
            raise mail.Rejected("the export was deleted")
        message = mail.compose(letter, export)
        # No transaction is open while the mail server is asked.
        db.session.commit()
        mail.send(connection, message)
    except mail.Rejected as error:
        return _not_sent(letter, str(error), for_good=True)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException as error:
        return _not_sent(letter, str(error), for_good=False)
    lifecycle.letter_sent(letter)
    return True


def _not_sent(letter: Letter, error: str, for_good: bool) -> bool:
    log.warning(
        "mail_not_sent", letter_id=letter.id, export_id=letter.export_id, error=error, for_good=for_good
    )
    lifecycle.letter_failed(letter, error, for_good=for_good)
    return False
