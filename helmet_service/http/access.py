"""Who asks: API keys, read once from a file and compared in constant time, and the address of who has none."""

from __future__ import annotations

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
from helmet_service.settings import SettingsError

# 20 characters that `openssl rand -base64` draws are 120 bits, which nobody guesses; headers are bounded at 8 kB.
_KEY: Final = re.compile(rb"[!-~]{20,200}")
_IPV6_NETWORK: Final = 64  # bits; a subscriber's own network (RFC 6177), whose addresses he changes as he likes

# Neither a key nor a count: probes must work always, the page and its document tell nothing of this installation.
_OPEN: Final = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs"})
_OPEN_FOLDER: Final = "/docs/"
_UNCOUNTED: Final = frozenset({"/metrics"})  # who watches the service is not refused for what its neighbours ask


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a service, as SHA-256 digests alone: of equal length, and of no use to who sees them."""

    digests: tuple[bytes, ...]

    def client(self, headers: Headers) -> str | None:
        """The name of the key in a request's headers: `key` and 8 digits of its SHA-256; None for no key of ours."""
        given = hashlib.sha256(_presented(headers).encode("utf-8", "surrogatepass")).digest()
        found = [digest for digest in self.digests if hmac.compare_digest(digest, given)]  # all, whichever it is
        return f"key {found[0].hex()[:8]}" if found else None


def is_open(path: str) -> bool:
    """Whether a path is answered without a key, however often."""
    return path in _OPEN or path.startswith(_OPEN_FOLDER)


def is_counted(path: str) -> bool:
    """Whether a request to a path, which is not open, counts among those that a client may make in a period."""
    return path not in _UNCOUNTED


@cache
def read_keys(path: str) -> Keys | None:
    """The keys in a file, one a line; empty lines and such that begin with # are none. None for an empty path.

    Read once in a process: gunicorn's master does it before the fork, so that a worker that is replaced later has the
    keys of the others, whatever has become of the file. Raises SettingsError, which repeats nothing of the file.
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
    """The name of who asks from an address: `address` and it, or the /64 network of one of IPv6."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:  # a Unix socket, or a proxy that forwards something else: all of these are one client
        return "address unknown"
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is None:
            return f"address {ipaddress.ip_network((known, _IPV6_NETWORK), strict=False)}"
        known = known.ipv4_mapped
    return f"address {known}"


def unknown_key(headers: Headers) -> Problem:
    """The problem of a request without a key of this service; what came instead is not repeated."""
    got = "another" if _presented(headers) else "nothing"
    error = FieldError("X-API-Key", "a key of this service, here or as Authorization: Bearer", got)
    return Problem(401, "the key is missing or unknown", [error], {"WWW-Authenticate": "Bearer"})


def _presented(headers: Headers) -> str:
    """The key that a request shows; empty when it shows none.

    Prometheus sends Authorization; a proxy may keep that to itself, for passwords of its own.
    """
    if "X-API-Key" in headers:
        return headers["X-API-Key"]
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _unusable(got: str) -> SettingsError:
    return SettingsError(f"API_KEYS_FILE: expected keys of 20 to 200 visible ASCII characters, one a line, got {got}")
