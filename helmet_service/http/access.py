"""Who sent a request: its API key, compared in constant time, or else its address."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from werkzeug.datastructures import Headers

from helmet_service.http.problems import FieldError, Problem
from helmet_service.http.websocket_handshake import offered_protocols
from helmet_service.setting_fields import SettingsError

# 20 characters of `openssl rand -base64` hold 120 random bits; gunicorn bounds a header at 8 kB.
_KEY: Final = re.compile(rb"[!-~]{20,200}")
_IPV6_NETWORK: Final = 64  # bits: a subscriber's network (RFC 6177), within which addresses change freely

# A page's WebSocket can send no headers but this one; what proxies log, the URL, must hold no key.
_KEY_PROTOCOL: Final = "key."

_OF_FRAMES: Final = re.compile(r"/v1/cameras/[^/]+/frames")

# Answered without a key and not counted: probes must always work, and /docs and /ui show nothing of this installation.
_OPEN: Final = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/ui"})
_OPEN_FOLDERS: Final = ("/docs/", "/ui/")
_UNCOUNTED: Final = frozenset({"/metrics"})  # monitoring must not share its address's limit with other clients


@dataclass(frozen=True, slots=True)
class Keys:
    """The API keys of a service, kept as SHA-256 digests."""

    digests: tuple[bytes, ...]

    def digest(self, key: str) -> bytes | None:
        """The digest of a key; None when the key is unknown."""
        given = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        found = [digest for digest in self.digests if hmac.compare_digest(digest, given)]  # compare all: constant time
        return found[0] if found else None


def client_of(digest: bytes) -> str:
    """The name of a key's client: `key` and 8 hex digits of the key's SHA-256."""
    return f"key {digest.hex()[:8]}"


def is_open(path: str) -> bool:
    """Whether a path needs no API key and has no rate limit."""
    return path in _OPEN or path.startswith(_OPEN_FOLDERS)


def is_counted(path: str) -> bool:
    """Whether the rate limit counts a request to this path (of a path that is not open)."""
    return path not in _UNCOUNTED


@cache
def read_keys(path: str) -> Keys | None:
    """The keys in a file, one a line; empty lines and lines that begin with # are skipped. None for an empty path.

    gunicorn's master reads the file once, before the fork, so that all workers, later ones too, have the same keys.
    Raises SettingsError, whose text repeats nothing of the file.
    """
    if not path:
        return None
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise _unusable(f"{path[:80]!r}: {error.strerror}") from error
    keys: dict[bytes, int] = {}
    for number, line in enumerate(lines, 1):
        key = line.strip()
        if not key or key.startswith(b"#"):
            continue
        if not _KEY.fullmatch(key):
            raise _unusable(f"something else in line {number}")
        if key in keys:
            raise _unusable(f"the key of line {keys[key]} again in line {number}")
        keys[key] = number
    if not keys:
        raise _unusable("a file without any")
    return Keys(tuple(hashlib.sha256(key).digest() for key in keys))


def client_address(address: str | None) -> str:
    """The name of a client without a key: `address` and its IPv4 address or its IPv6 /64 network."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:  # a Unix socket, or a proxy that forwards something else: these count as one client
        return "address unknown"
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is None:
            return f"address {ipaddress.ip_network((known, _IPV6_NETWORK), strict=False)}"
        known = known.ipv4_mapped
    return f"address {known}"


def unknown_key(key: str, *, as_password: bool = False) -> Problem:
    """Problem 401 for a missing ("") or unknown key; it does not repeat what was sent.

    as_password: see `key_in`. Cameras wait to be asked for it, and understand one way only.
    """
    got = "another" if key else "nothing"
    error = FieldError("X-API-Key", "a key of this service, here or as Authorization: Bearer", got)
    asked = 'Basic realm="helmet-service"' if as_password else "Bearer"
    return Problem(401, "the key is missing or unknown", [error], {"WWW-Authenticate": asked})


def is_for_frames(path: str) -> bool:
    """Whether cameras send frames to this path. Most can show a key only as the password of Basic authentication."""
    return _OF_FRAMES.fullmatch(path) is not None


def key_in(headers: Headers, *, as_password: bool = False) -> str:
    """The key in a request's headers, "" without one; X-API-Key comes first, as proxies may use Authorization.

    as_password: it may also be the password of Basic authentication (RFC 7617), whoever the user is.
    """
    if "X-API-Key" in headers:
        return headers["X-API-Key"]
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    if as_password and scheme.lower() == "basic":
        return _decoded(key.strip()).partition(":")[2]
    return key.strip() if scheme.lower() == "bearer" else _key_of_page(headers)


def _key_of_page(headers: Headers) -> str:
    """The key among the subprotocols of a WebSocket, in URL-safe base64 without padding; "" without one."""
    for protocol in offered_protocols(headers):
        if protocol.startswith(_KEY_PROTOCOL):
            encoded = protocol.removeprefix(_KEY_PROTOCOL)
            return _decoded(encoded.replace("-", "+").replace("_", "/"), encoded)
    return ""


def _decoded(encoded: str, otherwise: str = "") -> str:
    """Base64, whose padding may be missing, as text; `otherwise` where it is none."""
    try:
        return base64.b64decode(encoded + -len(encoded) % 4 * "=").decode("latin-1")
    except (binascii.Error, ValueError):
        return otherwise


def _unusable(got: str) -> SettingsError:
    return SettingsError(f"API_KEYS_FILE: expected keys of 20 to 200 visible ASCII characters, one a line, got {got}")
