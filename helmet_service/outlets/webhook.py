"""Events by POST as JSON, signed as Standard Webhooks says (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

from helmet_service.alarms.events import Event
from helmet_service.outlets.event_json import encoded, event_json
from helmet_service.outlets.outlet import Outlet
from helmet_service.outlets.posting import post


class Webhook(Outlet):
    """Posts each event to `url`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._url: str = options["url"]
        self._secret: str | None = options.get("secret")
        self._with_picture: bool = options.get("picture", False)

    def send(self, event: Event, picture: bytes | None) -> None:
        """See Outlet."""
        body = body_of(event, picture if self._with_picture else None)
        post(self._url, body, headers_of(event.id, int(time.time()), body, self._secret))


def body_of(event: Event, picture: bytes | None) -> bytes:
    """What is posted; with a picture, its JPEG stands in base64 at `picture_jpeg`."""
    attached = {} if picture is None else {"picture_jpeg": base64.b64encode(picture).decode()}
    return encoded(event_json(event) | attached)


def headers_of(event_id: str, now_s: int, body: bytes, secret: str | None) -> dict[str, str]:
    """The headers of a POST; without a secret it is not signed. secret: base64, behind `whsec_` or not."""
    headers = {"Content-Type": "application/json", "webhook-id": event_id, "webhook-timestamp": str(now_s)}
    if secret is not None:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signature = hmac.digest(key, f"{event_id}.{now_s}.".encode() + body, hashlib.sha256)
        headers["webhook-signature"] = "v1," + base64.b64encode(signature).decode()
    return headers
