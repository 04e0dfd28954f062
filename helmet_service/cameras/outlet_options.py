"""What `cameras.yaml` says of an outlet, by its kind."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from string import Template
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from helmet_service.cameras.site_values import SecretText, Section, SigningIn, Url, identifier, key
from helmet_service.values.checked import Flag, WholeNumber, choice, says, text

MAIL_FIELDS: Final = (
    *("text", "kind", "event_id", "time", "camera", "camera_id", "trouble"),
    *("alarm_id", "zone", "began", "confidence", "repeats", "why_ended", "picture"),
)
"""What templates of mails may name; each is one line, and empty where the event has no such thing."""
_MAIL_ADDRESS: Final = re.compile(r"(?:[^<>@]*<)?[\w.+-]+@[\w.-]+>?\Z", re.ASCII)


def _host(meaning: str) -> fields.String:
    return key(meaning, text("the name or address of a host", validate.Regexp(r"[^\s/@]{1,253}\Z"), required=True))


def _topic(default: str | None) -> fields.String:
    check = validate.Regexp(r"[^+#/\s]+(/[^+#/\s]+)*\Z")
    return text("a topic without +, # and spaces", check, load_default=default)


def _mail_address(**options: Any) -> fields.String:  # noqa: ANN401  marshmallow's own
    return text("an address such as office@site.example", validate.Regexp(_MAIL_ADDRESS), **options)


def _signing_key(secret: str) -> None:
    """The form and size that Standard Webhooks asks for."""
    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        size = 0
    if not 24 <= size <= 64:
        raise ValidationError("base64 of 24 to 64 bytes (openssl rand -base64 32), behind whsec_ or not")


class _Template(fields.String):
    """A text with `$names` of an event."""

    def __init__(self, most: int) -> None:
        names = ", ".join(MAIL_FIELDS)
        expected = f"text of 1 to {most} characters with $$ for $, and $name or ${{name}} for one of {names}"
        super().__init__(error_messages=says(expected), validate=self._check, load_default=None)
        self._most = most

    def _check(self, value: str) -> None:
        template = Template(value)
        if (
            not 1 <= len(value) <= self._most
            or not template.is_valid()
            or not set(template.get_identifiers()) <= set(MAIL_FIELDS)
        ):
            raise self.make_error("invalid")


class _Outlet(Section):
    """Where events go."""

    name = key("Its name, which no other outlet has.", identifier())


class WebhookOptions(_Outlet):
    """`kind: webhook`: each event is posted as JSON."""

    url = key("Where events are posted.", Url())
    secret = key("Signs what is posted.", SecretText(load_default=None, validate=_signing_key))
    picture = key("Whether the alarm's picture is posted with it.", Flag(load_default=False))


class _Version(fields.String):
    """A version of MQTT; 5 is a number unless it is quoted."""

    def __init__(self) -> None:
        expected = "3.1.1 or 5"
        check = validate.OneOf(("3.1.1", "5"), error=expected)
        super().__init__(error_messages=says(expected), validate=check, load_default="3.1.1")

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:  # noqa: ANN401
        return str(super()._deserialize("5" if value == 5 else value, *rest, **more))


class MqttOptions(_Outlet, SigningIn):
    """`kind: mqtt`: events are published to a broker."""

    host = _host("The broker.")
    port = key("Its port; 8883 is usual with TLS.", WholeNumber(1, 65535, load_default=1883))
    tls = key("Whether the connection is encrypted, and the broker's certificate checked.", Flag(load_default=False))
    version = key("The protocol's version.", _Version())
    topic = key("What all topics begin with.", _topic("helmet"))
    discovery = key("Prefix of Home Assistant's discovery; null: it is told nothing.", _topic(None))


class HikvisionOptions(_Outlet):
    """`kind: hikvision`: events are posted in the form of Hikvision's."""

    url = key("Where events are posted.", Url())
    format = key("The form of an event.", choice("json", "xml", default="json"))


class SyslogOptions(_Outlet):
    """`kind: syslog`: each event is a line of a log server."""

    host = _host("The log server.")
    port = key("Its port.", WholeNumber(1, 65535, load_default=514))
    protocol = key("How lines travel; `udp` loses some.", choice("udp", "tcp", default="tcp"))
    format = key("The form of a line.", choice("cef", "rfc5424", default="rfc5424"))


class MailOptions(_Outlet, SigningIn):
    """`kind: mail`: each event is a mail."""

    host = _host("The mail server.")
    port = key("Its port.", WholeNumber(1, 65535, load_default=587))
    tls = key("How the connection is encrypted.", choice("starttls", "tls", "none", default="starttls"))
    sender = key("The sender's address.", _mail_address(required=True, data_key="from", attribute="from"))
    to = key(
        "The receivers' addresses.",
        fields.List(
            _mail_address(),
            required=True,
            error_messages=says("a list of addresses"),
            validate=validate.Length(1, 100, error="1 to 100 addresses"),
        ),
    )
    subject = key("Template of the subject; null: the usual one.", _Template(500))
    body = key("Template of the text; null: the usual one.", _Template(10_000))


KINDS: Final[Mapping[str, type[_Outlet]]] = {
    "webhook": WebhookOptions,
    "mqtt": MqttOptions,
    "hikvision": HikvisionOptions,
    "syslog": SyslogOptions,
    "mail": MailOptions,
}


class OutletOptions(fields.Field[dict[str, Any]]):
    """An outlet: `kind`, and the keys of its kind."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:  # noqa: ANN401
        if not isinstance(value, dict):
            raise ValidationError("an object")
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValidationError({"kind": [" or ".join(KINDS)]})
        options = {name: inner for name, inner in value.items() if name != "kind"}
        return {"kind": kind, **KINDS[kind]().load(options)}
