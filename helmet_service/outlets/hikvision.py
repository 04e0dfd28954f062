"""Events as a Hikvision camera posts them to its alarm hosts; docs/outlets.md says what is like it and what is not.

The form is that of `EventNotificationAlert` in the public guides of the Device Network SDK (hard hat detection) and of
ISAPI: one `multipart/form-data` body with the message and the picture.
"""

from __future__ import annotations

import socket
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from helmet_service.alarms.events import Event
from helmet_service.outlets.event_json import encoded, event_json, in_words, iso
from helmet_service.outlets.outlet import Outlet
from helmet_service.outlets.posting import post

_ACTIVE: Final = {"alarm_on", "alarm_repeat", "camera_trouble"}
_TROUBLE: Final = {
    "unreachable": "videoloss",
    "frozen": "videoloss",
    "black": "shelteralarm",
    "turned": "scenechangedetection",
}
_NAMESPACE: Final = "http://www.hikvision.com/ver20/XMLSchema"


class Hikvision(Outlet):
    """Posts each event to the alarm host at `url`. cameras: ids in the order of `cameras.yaml`, which are channels."""

    def __init__(self, options: Mapping[str, Any], cameras: Sequence[str]) -> None:
        self._url: str = options["url"]
        self._is_xml: bool = options.get("format", "json") == "xml"
        self._channels = {camera: channel for channel, camera in enumerate(cameras, 1)}

    def send(self, event: Event, picture: bytes | None) -> None:
        """See Outlet."""
        values = alert(event, self._channels.get(event.camera, 0), _own_address(self._url), _mac())
        kind, body = multipart(event, values, picture, is_xml=self._is_xml)
        post(self._url, body, {"Content-Type": kind})


def alert(event: Event, channel: int, address: str, mac: str) -> dict[str, Any]:
    """The message. channel: the camera's, from 1; address, mac: of this machine."""
    helmet = event.alarm is not None
    values: dict[str, Any] = {
        "ipAddress": address,
        "protocol": "HTTP",
        "macAddress": mac,
        "channelID": channel,
        "dateTime": iso(event.at),
        "activePostCount": 1 if event.alarm is None else event.alarm.repeats + 1,
        "eventType": "safetyHelmetDetection" if helmet else _TROUBLE[event.trouble or "unreachable"],
        "eventState": "active" if event.kind in _ACTIVE else "inactive",
        "eventDescription": in_words(event),
        "channelName": event.camera_name,
    }
    if event.alarm is not None:
        target = {"recognitionType": "safetyHelmet", "TargetInfo": {"targetID": event.alarm.track}}
        values["Target"] = [target]
    return values | {"helmetEvent": event_json(event)}


def multipart(event: Event, values: Mapping[str, Any], picture: bytes | None, *, is_xml: bool) -> tuple[str, bytes]:
    """The body's media type, and the body: the message, then the picture, if there is one."""
    boundary = f"helmet-{event.id}"
    message = _xml(values) if is_xml else encoded(dict(values))
    kind = "application/xml" if is_xml else "application/json"
    parts = [(f'name="{values["eventType"]}"', kind, message)]
    parts += [] if picture is None else [('name="Picture"; filename="Picture.jpg"', "image/jpeg", picture)]
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, kind, content in parts
    )
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _xml(values: Mapping[str, Any]) -> bytes:
    root = ET.Element("EventNotificationAlert", {"version": "2.0", "xmlns": _NAMESPACE})
    _add(root, values)
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode()


def _add(parent: ET.Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        for each in value if isinstance(value, list) else [] if value is None else [value]:
            element = ET.SubElement(parent, name)
            if isinstance(each, Mapping):
                _add(element, each)
            else:
                element.text = "".join(letter for letter in str(each) if letter.isprintable() or letter in "\n\t")


def _own_address(url: str) -> str:
    """The address by which this machine reaches the receiver; nothing is sent."""
    host = urlsplit(url).hostname or ""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect((host, 9))
            return str(asking.getsockname()[0])
    except OSError:
        return "0.0.0.0"  # noqa: S104  no address, in their form


def _mac() -> str:
    return ":".join(f"{byte:02x}" for byte in uuid.getnode().to_bytes(6, "big"))
