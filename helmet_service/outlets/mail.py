"""Events as e-mails, by SMTP."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from string import Template
from typing import Any, Final

from helmet_service.alarms.events import Event
from helmet_service.outlets.event_json import in_words, iso, one_line, picture_path
from helmet_service.outlets.outlet import DeliveryError, Outlet, RefusalError, network_words

_LOG: Final = logging.getLogger(__name__)
_TIMEOUT_S: Final = 10.0
_SUBJECT: Final = "$text"
_BODY: Final = """\
$text

Camera:  $camera ($camera_id)
Time:    $time
Event:   $event_id ($kind)
"""


class Mail(Outlet):
    """Sends each event to the addresses `to`, over a connection of its own."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options

    def send(self, event: Event, picture: bytes | None) -> None:
        """See Outlet."""
        try:
            server = self._connected()
            try:
                _hand_over(server, message(event, self._options, picture))
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(_words(error)) from None

    def _connected(self) -> smtplib.SMTP:
        """A connection that is encrypted and logged in, as the options say."""
        host, port, tls = self._options["host"], self._options["port"], self._options["tls"]
        if tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=_TIMEOUT_S, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
        try:
            if tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self._options.get("user") is not None:
                server.login(self._options["user"], self._options["password"])
        except BaseException:
            server.close()
            raise
        return server


def _hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """Raises RefusalError where the server wants this mail neither now nor later."""
    try:
        refused = server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        if min(codes) >= 500:
            raise RefusalError(f"all recipients were refused with {min(codes)}") from None
        raise
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise RefusalError(f"the server answered {error.smtp_code}") from None
        raise
    if refused:
        _LOG.warning("mail %s: %d recipients were refused, the others have it", mail["Message-ID"], len(refused))


def message(event: Event, options: Mapping[str, Any], picture: bytes | None) -> EmailMessage:
    """The mail. options: `from`, `to`, and the templates `subject` and `body`, if they are given."""
    named = fields(event)
    mail = EmailMessage()
    mail["Subject"] = one_line(Template(options.get("subject") or _SUBJECT).substitute(named))
    mail["From"] = options["from"]
    mail["To"] = ", ".join(options["to"])
    mail["Date"] = format_datetime(datetime.fromtimestamp(event.at).astimezone())
    mail["Message-ID"] = f"<{event.id}@{parseaddr(options['from'])[1].partition('@')[2] or 'helmet-service'}>"
    mail.set_content(Template(options.get("body") or _BODY).substitute(named))
    if picture is not None:
        mail.add_attachment(picture, maintype="image", subtype="jpeg", filename=f"{event.id}.jpg")
    return mail


def fields(event: Event) -> dict[str, str]:
    """What templates may name; each is one line, and empty where the event has no such thing."""
    alarm = event.alarm
    return {
        "text": in_words(event),
        "kind": event.kind,
        "event_id": event.id,
        "time": iso(event.at),
        "camera": one_line(event.camera_name),
        "camera_id": event.camera,
        "trouble": event.trouble or "",
        "alarm_id": "" if alarm is None else alarm.id,
        "zone": "" if alarm is None else one_line(alarm.zone),
        "began": "" if alarm is None else iso(alarm.began),
        "confidence": "" if alarm is None or alarm.confidence is None else str(alarm.confidence),
        "repeats": "" if alarm is None else str(alarm.repeats),
        "why_ended": "" if alarm is None else alarm.why_ended or "",
        "picture": "" if alarm is None else picture_path(alarm),
    }


def _words(error: BaseException) -> str:
    """What went wrong; texts of servers are not repeated: they may repeat who logs in."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the server refused the user or the password with {error.smtp_code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "recipients were refused for now"
    return network_words(error)
