"""The HTTP request with which a WebSocket begins (RFC 6455, section 4.2)."""

from __future__ import annotations

import re
from typing import Final

from werkzeug.datastructures import Headers
from werkzeug.http import parse_set_header
from wsproto.utilities import generate_accept_token

from helmet_service.http.problems import FieldError, Problem, refusal
from pose.errors import shown

SUBPROTOCOL: Final = "helmet"
_VERSION: Final = "13"
_KEY: Final = re.compile(r"[A-Za-z0-9+/]{22}==")  # 16 bytes


def accept_headers(headers: Headers) -> dict[str, str]:
    """The headers of the 101 that accepts a handshake; Problem 426 or 400 for a request that is none.

    No extension is accepted: one that compresses would let small messages unpack to large ones.
    """
    if "websocket" not in parse_set_header(headers.get("Upgrade")):
        raise _upgrade_required("Upgrade", "websocket", shown(headers.get("Upgrade", "nothing")))
    if "upgrade" not in parse_set_header(headers.get("Connection")):
        raise _upgrade_required("Connection", "Upgrade", shown(headers.get("Connection", "nothing")))
    if (version := headers.get("Sec-WebSocket-Version", "nothing")) != _VERSION:
        raise _upgrade_required("Sec-WebSocket-Version", _VERSION, shown(version))
    key = headers.get("Sec-WebSocket-Key", "nothing")
    if not _KEY.fullmatch(key):
        raise refusal(400, "Sec-WebSocket-Key", "16 bytes as base64", shown(key))
    accepted = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": generate_accept_token(key.encode()).decode(),
    }
    return accepted | ({"Sec-WebSocket-Protocol": SUBPROTOCOL} if SUBPROTOCOL in offered_protocols(headers) else {})


def offered_protocols(headers: Headers) -> list[str]:
    """The subprotocols that a client offers, in its order."""
    return [name.strip() for name in headers.get("Sec-WebSocket-Protocol", "").split(",")]


def _upgrade_required(field: str, expected: str, got: str) -> Problem:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": _VERSION}
    return Problem(426, "a WebSocket is expected here", [FieldError(field, expected, got)], headers)
