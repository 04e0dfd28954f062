"""Events arrive at a real SMTP server as mails that people can read."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from helmet_service.cameras.outlet_options import MAIL_FIELDS
from helmet_service.outlets.mail import Mail, fields
from helmet_service.outlets.outlet import DeliveryError, RefusalError
from samples.demo import free_port
from tests.helmet_service.outlets.events import EVENTS, JPEG
from tests.helmet_service.outlets.golden_files import MAIL


class Handler:
    """Keeps mails; answers recipients and mails as told."""

    def __init__(self, to="250 OK", data="250 OK"):
        self.mails = []
        self._to, self._data = to, data

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  aiosmtpd's name
        if self._to.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self._to

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return self._data


@contextmanager
def smtp(handler, **more):
    controller = Controller(handler, "localhost", free_port(), **more)
    controller.start()
    try:
        yield {**MAIL, "host": "localhost", "port": controller.port, "tls": "none"}
    finally:
        controller.stop()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_a_mail_has_the_events_words_and_picture(event):
    handler = Handler()
    with smtp(handler) as options:
        Mail(options).send(event, JPEG)
    ((to, mail),) = handler.mails
    (picture,) = mail.iter_attachments()
    assert to == MAIL["to"]
    assert mail["Message-ID"] == f"<{event.id}@site.example>"
    assert event.id in mail.get_body().get_content()
    assert (picture.get_content_type(), picture.get_content()) == ("image/jpeg", JPEG)


@pytest.mark.parametrize(
    ("to", "data", "error", "why"),
    [
        ("250 OK", "451 Try again", DeliveryError, "the server answered 451"),
        ("250 OK", "552 Too large", RefusalError, "the server answered 552"),
        ("450 Greylisted", "250 OK", DeliveryError, "recipients were refused for now"),
        ("550 Nobody here", "250 OK", RefusalError, "all recipients were refused with 550"),
    ],
)
def test_what_answers_mean(to, data, error, why):
    with smtp(Handler(to, data)) as options, pytest.raises(error, match=why):
        Mail(options).send(EVENTS[0], None)


def test_without_a_server_a_mail_waits():
    with pytest.raises(DeliveryError, match="Connection refused"):
        Mail({**MAIL, "host": "localhost", "port": free_port(), "tls": "none"}).send(EVENTS[0], None)


def login(_server, _session, _envelope, _mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"helmet", b"s3cret"), handled=False)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mails_are_encrypted_and_the_user_is_let_in(tls, certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    how = {
        "starttls": {"tls_context": context, "require_starttls": True, "auth_required": True},
        "tls": {"ssl_context": context, "auth_require_tls": False},
    }
    handler = Handler()
    with smtp(handler, authenticator=login, **how[tls]) as options:
        mail = Mail({**options, "tls": tls, "user": "helmet", "password": "s3cret"})
        with pytest.raises(DeliveryError, match="certificate verify failed"):
            mail.send(EVENTS[0], None)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        mail.send(EVENTS[0], None)
        with pytest.raises(DeliveryError, match="the server refused the user or the password with 535") as raised:
            Mail({**options, "tls": tls, "user": "helmet", "password": "wr0ng"}).send(EVENTS[0], None)
    assert len(handler.mails) == 1
    assert "wr0ng" not in str(raised.value) + repr(mail)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_templates_may_name_each_field_of_every_event(event):
    assert sorted(fields(event)) == sorted(MAIL_FIELDS)
