"""A real mail server for tests; a pytest plugin, so every test may ask for these fixtures."""

import socket
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller

from dashboard.extensions import settings


class Inbox:
    """What arrived, as envelopes; addresses in `answers` get that answer instead."""

    def __init__(self):
        self.envelopes = []
        self.answers = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return self.answers.get("DATA", "250 OK")


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def mail_server(inbox):
    """mail_server(**options): start a server for the inbox; its host and port."""
    running = []

    def start(**options):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        running.append(Controller(inbox, "127.0.0.1", port, **options))
        running[-1].start()
        return f"127.0.0.1:{port}"

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def set_mail(app, monkeypatch):
    def use(**values):
        monkeypatch.setitem(app.extensions, "settings", replace(settings._get_current_object(), **values))

    return use
