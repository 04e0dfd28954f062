"""What `cameras.yaml` says of an outlet, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from helmet_service.cameras.site_values import Flag, SecretText, Section, SigningIn, Url, identifier, key, words
from helmet_service.values.checked import WholeNumber, choice, says, text

_TEMPLATE: Final = "text of 1 to 10000 characters"


class _Outlet(Section):
    """Where events go."""

    name = key("Its name, which no other outlet has.", identifier())


class WebhookOptions(_Outlet):
    """`kind: webhook`: each event is posted as JSON."""

    url = key("Where events are posted.", Url())
    secret = key("Signs what is posted.", SecretText(load_default=None))
    picture = key("Whether the alarm's picture is posted with it.", Flag(default=False))


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

    host = key("The broker.", words(253, required=True))
    port = key("Its port; 8883 is usual with TLS.", WholeNumber(1, 65535, load_default=1883))
    tls = key("Whether the connection is encrypted, and the broker's certificate checked.", Flag(default=False))
    version = key("The protocol's version.", _Version())
    topic = key(
        "What all topics begin with.",
        text("a topic without + and #", validate.Regexp(r"[^+#\0/]+(/[^+#\0/]+)*\Z"), load_default="helmet"),
    )
    discovery = key("Prefix of Home Assistant's discovery; null: it is told nothing.", words(200, load_default=None))


class HikvisionOptions(_Outlet):
    """`kind: hikvision`: events are posted in the form of Hikvision's."""

    url = key("Where events are posted.", Url())
    format = key("The form of an event.", choice("json", "xml", default="json"))


class SyslogOptions(_Outlet):
    """`kind: syslog`: each event is a line of a log server."""

    host = key("The log server.", words(253, required=True))
    port = key("Its port.", WholeNumber(1, 65535, load_default=514))
    protocol = key("How lines travel; `udp` loses some.", choice("udp", "tcp", default="tcp"))
    format = key("The form of a line.", choice("cef", "rfc5424", default="rfc5424"))


class MailOptions(_Outlet, SigningIn):
    """`kind: mail`: each event is a mail."""

    host = key("The mail server.", words(253, required=True))
    port = key("Its port.", WholeNumber(1, 65535, load_default=587))
    tls = key("How the connection is encrypted.", choice("starttls", "tls", "none", default="starttls"))
    sender = key("The sender's address.", words(320, required=True, data_key="from", attribute="from"))
    to = key(
        "The receivers' addresses.",
        fields.List(
            words(320),
            required=True,
            error_messages=says("a list of addresses"),
            validate=validate.Length(1, 100, error="1 to 100 addresses"),
        ),
    )
    subject = key("Template of the subject.", text(_TEMPLATE, validate.Length(1, 10_000), load_default=None))
    body = key("Template of the text.", text(_TEMPLATE, validate.Length(1, 10_000), load_default=None))


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
