"""What a letter says, and what a real mail server makes of it."""

import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import IPv4Address

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dashboard import mail
from dashboard.config import SettingsError, read
from dashboard.models import Letter
from tests.factories import make_export
from tests.test_config import GOOD


def letter_about(export, **values):
    given = {
        "id": 7,
        "export_id": export.id,
        "run_no": 1,
        "kind": export.status,
        "recipient": "ida@example.com",
    }
    return Letter(**{**given, "created_at": datetime(2026, 11, 21, 14, 30, tzinfo=UTC), **values})


def plain_message():
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "ida@example.com", "Hello"
    message.set_content("Hello")
    return message


# letters


def test_a_letter_links_to_the_page_and_not_to_the_file(user, set_mail):
    set_mail(public_url="https://exports.example.com/")
    export = make_export(
        user, name="Orders, October", result_size=612_345_678, collected_count=1_234_567, fail_count=2,
        warnings={"guarded_cells": 3}, expires_at=datetime(2026, 12, 21, 14, 30, tzinfo=UTC),
    )  # fmt: skip
    export.result_size = 612_345_678
    message = mail.compose(letter_about(export), export)
    assert message["Subject"] == "Ready: Orders, October (612 MB)"
    assert message["To"] == "ida@example.com"
    assert message["From"] == "Export Centre <exports@exports.example.com>"
    assert message["Date"] == "Sat, 21 Nov 2026 14:30:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<7.{export.uuid}@exports.example.com>"
    text = message.get_content()
    assert f"\nhttps://exports.example.com/exports/{export.id}\n" in text
    for line in (
        'The export "Orders, October" is ready.', "Resource: Orders", "Rows: 1,234,567", "Size: 612 MB",
        "Rows that could not be read: 2", "Requested by: Maya Okafor", "Kept until: 21 Dec 2026, 14:30 (UTC)",
        "Note: 3 texts that a spreadsheet could run as a formula are made harmless.",
    ):  # fmt: skip
        assert line in text.splitlines()
    assert text.count("://") == 1
    assert "\n\n\n" not in text
    assert export.result_sha256 not in text


@pytest.mark.parametrize("kind", ["failed", "timed_out"])
def test_a_letter_about_a_failure_gives_the_reason(user, kind):
    export = make_export(user, status=kind, error_message="The source did not answer for too long.")
    message = mail.compose(letter_about(export), export)
    assert message["Subject"] == "Failed: Orders"
    text = message.get_content()
    assert 'The export "Orders" has failed: The source did not answer for too long.' in text.splitlines()
    assert "Size:" not in text
    assert "\n\n\n" not in text


def test_a_letter_is_the_same_each_time_it_is_made(user):
    export = make_export(user)
    letter = letter_about(export)
    assert bytes(mail.compose(letter, export)) == bytes(mail.compose(letter, export))


@pytest.mark.parametrize(
    "name", ["Two\r\nBcc: eve@example.com", "A\nB", "A\x00B\x1b[1m", "Größe 注文 🚚", "x" * 255, "a\u2028b"]
)
def test_a_name_cannot_add_a_header(user, name):
    export = make_export(user, name=name)
    data = bytes(mail.compose(letter_about(export), export))
    headers, _, body = data.partition(b"\n\n")
    names = [line.partition(b":")[0].lower() for line in headers.split(b"\n") if not line.startswith(b" ")]
    assert sorted(names) == sorted(set(names))
    assert b"bcc" not in names
    assert b"\x00" not in data
    assert b"\x1b" not in data
    assert all(len(line) < 999 for line in data.split(b"\n"))
    assert body


@pytest.mark.parametrize(
    "address",
    [
        "ida@example.com",
        "i.d+a_x@sub.example.co.uk",
        "o'neil@example.com",
        "用户@例子.example",
        "a@localhost",
        "a@[::1]",
    ],
)
def test_plain_addresses_are_addresses(address):
    assert mail.is_address(address) is (address != "a@[::1]")


@pytest.mark.parametrize(
    "address",
    [
        "", "ida", "@example.com", "ida@", "i da@example.com", "ida@example.com\r\nBcc: eve@example.com", "a@b@c",
        "ida@example.com,eve@example.com", "Ida <ida@example.com>", "ida@ex\x00ample.com", "ida@example..com",
        ".ida@example.com", "ida@example.com.", f"{'a' * 65}@example.com", f"a@{'b' * 260}.com", "ida@example.com;",
        "ida@example.com\u2028", '"ida"@example.com', "(x)ida@example.com",
    ],
)  # fmt: skip
def test_anything_else_is_not_and_gets_no_letter(user, address):
    assert not mail.is_address(address)
    export = make_export(user)
    with pytest.raises(mail.Rejected):
        mail.compose(letter_about(export, recipient=address), export)


# the server


def test_a_message_arrives(inbox, mail_server, set_mail, user):
    set_mail(smtp_url=f"smtp://{mail_server()}")
    export = make_export(user, name="Größe 注文")
    with mail.server() as connection:
        mail.send(connection, mail.compose(letter_about(export), export))
    [envelope] = inbox.envelopes
    assert envelope.rcpt_tos == ["ida@example.com"]
    assert envelope.mail_from == "exports@localhost"
    assert b"Subject: Ready: =?utf-8?" in envelope.content


def test_a_recipient_whom_the_server_refuses_for_good_is_rejected(inbox, mail_server, set_mail):
    set_mail(smtp_url=f"smtp://{mail_server()}")
    with mail.server() as connection:
        inbox.answers["ida@example.com"] = "550 No such mailbox"
        with pytest.raises(mail.Rejected, match="550 No such mailbox"):
            mail.send(connection, plain_message())
        inbox.answers["ida@example.com"] = "451 Try later"
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            mail.send(connection, plain_message())
        inbox.answers["ida@example.com"] = "250 OK"
        inbox.answers["DATA"] = "554 Spam"
        with pytest.raises(mail.Rejected, match="554 Spam"):
            mail.send(connection, plain_message())
        inbox.answers["DATA"] = "250 OK"
        mail.send(connection, plain_message())


def test_nobody_listens(set_mail):
    set_mail(smtp_url="smtp://127.0.0.1:1")
    with pytest.raises(mail.Away, match="ConnectionRefusedError"), mail.server():
        pass


def test_something_else_listens_or_says_nothing(set_mail, monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        set_mail(smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(mail.Away), mail.server():
            pass


def checks_password(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"us@er", b"p:w/d")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that nobody knows: context of the server, path of the certificate."""
    key, crt = tmp_path / "key.pem", tmp_path / "crt.pem"
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    today = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number())
    made = made.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    made = made.add_extension(address, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    crt.write_bytes(made.sign(secret, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, *plain))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(crt, key)
    return context, crt


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize(("password", "accepted"), [("p%3Aw%2Fd", True), ("wrong", False)])
def test_user_and_password_go_over_tls(
    scheme, password, accepted, inbox, mail_server, set_mail, certificate, monkeypatch
):
    context, known = certificate
    options = (
        {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    )
    place = mail_server(
        authenticator=checks_password, auth_required=True, auth_require_tls=scheme == "smtp", **options
    )
    set_mail(smtp_url=f"{scheme}://us%40er:{password}@{place}")
    monkeypatch.setenv("SSL_CERT_FILE", str(known))
    if accepted:
        with mail.server() as connection:
            mail.send(connection, plain_message())
    else:
        with pytest.raises(mail.Away, match="535"), mail.server():
            pass
    assert len(inbox.envelopes) == accepted


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_knows_is_not_trusted(scheme, mail_server, set_mail, certificate):
    options = {"ssl_context": certificate[0]} if scheme == "smtps" else {"tls_context": certificate[0]}
    set_mail(smtp_url=f"{scheme}://{mail_server(**options)}")
    with pytest.raises(mail.Away, match="SSLCertVerificationError"), mail.server():
        pass


def test_a_password_is_not_sent_in_the_clear_to_another_machine(set_mail):
    set_mail(smtp_url="smtp://user:secret@mail.example.com")
    assert not mail.may_sign_in("mail.example.com", encrypted=False)
    assert mail.may_sign_in("mail.example.com", encrypted=True)
    assert mail.may_sign_in("127.0.0.1", encrypted=False)
    assert mail.may_sign_in("localhost", encrypted=False)


# settings


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example.com",
        "smtps://u%40x:p@mail.example.com:465",
        "smtp://[::1]:2525",
        "smtp://127.0.0.1/",
    ],
)
def test_urls_of_mail_servers(url):
    assert read({**GOOD, "SMTP_URL": url}).smtp_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "mail.example.com"), ("SMTP_URL", "http://mail.example.com"), ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail:port"), ("SMTP_URL", "smtp://mail:99999"), ("SMTP_URL", "smtp://mail/path"),
        ("MAIL_FROM", "us"), ("MAIL_FROM", "a@b@c"), ("MAIL_FROM", "Us <us@example.com>"), ("MAIL_FROM", "a b@c"),
    ],
)  # fmt: skip
def test_wrong_settings_stop_the_start(name, value):
    with pytest.raises(SettingsError, match=name):
        read({**GOOD, name: value})


def test_without_a_sender_the_host_of_the_centre_is_one():
    assert read({**GOOD, "PUBLIC_URL": "https://x.example.com"}).mail_sender == "exports@x.example.com"
    assert read({**GOOD, "MAIL_FROM": "us@example.com"}).mail_sender == "us@example.com"
