"""What every kind of outlet says of every event, as text.

`python -m tests.helmet_service.outlets.golden_files` writes it. Look at what has changed before it is committed:
receivers read it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from helmet_service.alarms.events import Event
from helmet_service.outlets import hikvision, mail, syslog, webhook
from helmet_service.outlets.event_json import event_json
from helmet_service.outlets.mqtt_messages import Message, event_messages, greeting
from helmet_service.outlets.site_state import SiteState, after
from tests.helmet_service.outlets.events import AT, CAMERAS, EVENTS, JPEG

FOLDER: Final = Path(__file__).parent / "golden"
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the public examples of Standard Webhooks
MAIL: Final = {"from": "Helmets <helmets@site.example>", "to": ["office@site.example", "safety@site.example"]}


@contextmanager
def berlin() -> Iterator[None]:
    """The machine's zone is Europe/Berlin."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def _picture(event: Event) -> bytes | None:
    return JPEG if event.kind in ("alarm_on", "alarm_repeat") else None


def _events() -> str:
    return "\n".join(json.dumps(event_json(event), ensure_ascii=False, indent=2) for event in EVENTS) + "\n"


def _webhook(event: Event) -> str:
    body = webhook.body_of(event, _picture(event))
    headers = webhook.headers_of(event.id, int(AT) + 1000, body, SECRET)
    return "".join(f"{name}: {value}\n" for name, value in headers.items()) + f"\n{body.decode()}\n"


def _messages(messages: list[Message]) -> str:
    def shown(message: Message) -> str:
        payload = "(the JPEG)" if message.payload == JPEG else message.payload.decode()
        return f"{message.topic}{' (retained)' if message.retain else ''}\n  {payload}\n"

    return "".join(map(shown, messages))


def _mqtt() -> str:
    texts, state = [_messages(greeting("helmet", CAMERAS, SiteState(), None))], SiteState()
    for event in EVENTS:
        state = after(state, [event])
        texts.append(_messages(event_messages("helmet", event, _picture(event), state)))
    return "\n".join(texts)


def _home_assistant() -> str:
    found = greeting("site/helmet", CAMERAS[1:2], SiteState(), "homeassistant")[:3]
    return "\n".join(
        f"{message.topic}\n{json.dumps(json.loads(message.payload), ensure_ascii=False, indent=2)}\n"
        for message in found
    )


def _hikvision(*, is_xml: bool) -> Callable[[Event], str]:
    def text(event: Event) -> str:
        values = hikvision.alert(event, 3, "10.0.0.5", "02:00:00:00:00:01")
        kind, body = hikvision.multipart(event, values, _picture(event), is_xml=is_xml)
        return f"Content-Type: {kind}\n\n" + body.replace(JPEG, b"(the JPEG)").decode().replace("\r\n", "\n")

    return text


def _syslog(*, is_cef: bool) -> Callable[[Event], str]:
    return lambda event: syslog.line(event, "box-1", is_cef=is_cef) + "\n"


def _mail(event: Event) -> str:
    message = mail.message(event, MAIL, _picture(event))
    text = message.get_body().get_content()
    attached = [
        f"(attached: {each.get_filename()}, {each.get_content_type()})\n" for each in message.iter_attachments()
    ]
    named = "".join(f"{name}: {message[name]}\n" for name in ("Subject", "From", "To", "Date", "Message-ID"))
    return f"{named}\n{text}{''.join(attached)}"


def _each(text: Callable[[Event], str], between: str = "\n") -> Callable[[], str]:
    return lambda: between.join(map(text, EVENTS))


FILES: Final[dict[str, Callable[[], str]]] = {
    "events.json": _events,
    "webhook.txt": _each(_webhook),
    "mqtt.txt": _mqtt,
    "home_assistant.txt": _home_assistant,
    "hikvision_json.txt": _each(_hikvision(is_xml=False)),
    "hikvision_xml.txt": _each(_hikvision(is_xml=True)),
    "syslog_rfc5424.txt": _each(_syslog(is_cef=False), ""),
    "syslog_cef.txt": _each(_syslog(is_cef=True), ""),
    "mail.txt": _each(_mail),
}

if __name__ == "__main__":
    with berlin():
        for name, text in FILES.items():
            (FOLDER / name).write_text(text())
