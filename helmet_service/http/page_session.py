"""The page's sessions: a signed cookie stands for an API key for eight hours; the service keeps nothing of it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadSignature, TimestampSigner

from helmet_service.http.access import Keys, client_of

COOKIE: Final = "helmet_session"
LASTS_S: Final = 8 * 3600  # a working day at the page
_CLOCKS_S: Final = 60  # by which the clocks of machines may differ that serve the same people


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, as `client_of` names him, and in how many seconds it ends."""

    client: str
    ends_s: int


def new_cookie(digest: bytes) -> str:
    """A cookie's value that stands for the key of this digest from now on."""
    return _signer(digest).sign(_name(digest)).decode()


def session_of(cookie: str, keys: Keys) -> Session | None:
    """The session of a cookie; None when it has ended, or `new_cookie` did not make it for one of these keys."""
    name, _, _ = cookie.partition(".")  # no secret: it only saves the work of trying all keys
    for digest in keys.digests:
        if _name(digest) == name and (ends_s := _ends_s(cookie, digest)) is not None:
            return Session(client_of(digest), ends_s)
    return None


def _ends_s(cookie: str, digest: bytes) -> int | None:
    try:
        _, begun = _signer(digest).unsign(cookie, return_timestamp=True)  # compares in constant time
    except BadSignature:
        return None
    ends_s = LASTS_S - int(time.time() - begun.timestamp())
    return ends_s if 0 < ends_s <= LASTS_S + _CLOCKS_S else None


def _name(digest: bytes) -> str:
    return digest.hex()[:8]


def _signer(digest: bytes) -> TimestampSigner:
    """The secret is the key's digest: all machines with the key agree, and a key that is removed ends its sessions."""
    return TimestampSigner(digest, b"helmet_service.session", key_derivation="hmac", digest_method=hashlib.sha256)
