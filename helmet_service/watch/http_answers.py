"""Answers of cameras and detectors over HTTP: signed in as they want it, bounded, and without addresses in errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from helmet_service.cameras.camera import Credentials

_PIECE: Final = 1 << 16


class AnswerError(Exception):
    """An answer that cannot be used; the message is what came in its stead."""


class SigningIn:
    """Asks a server, and asks again with user and password in the way that it wants, where it wants them."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials
        self._auth: AuthBase | None = None

    def __call__(self, ask: Callable[[AuthBase | None], requests.Response]) -> requests.Response:
        """The answer to `ask`; AnswerError where the server refuses who asks."""
        answer = ask(self._auth)
        if answer.status_code == requests.codes.unauthorized and self._auth is None:
            answer.close()
            self._auth = self._wanted(answer.headers.get("WWW-Authenticate", ""))
            answer = ask(self._auth)
        if answer.status_code == requests.codes.unauthorized:
            answer.close()
            self._auth = None
            raise AnswerError("a refusal of this user and password")
        return answer

    def _wanted(self, challenge: str) -> AuthBase:
        if self._credentials is None:
            raise AnswerError("a demand for user and password")
        is_digest = "digest" in challenge.lower()
        user, password = self._credentials.user, self._credentials.password
        # Bytes: as text the library would send Latin-1, which no Chinese password is.
        return HTTPDigestAuth(user, password) if is_digest else HTTPBasicAuth(user.encode(), password.encode())


def body_of(answer: requests.Response, most_bytes: int, within_s: float, is_wanted: Callable[[], bool]) -> bytes:
    """The whole body of a streamed answer; AnswerError where it is not 200 (OK), too long or too late.

    is_wanted: asked while it comes; it ends where nobody wants it.
    """
    if answer.status_code != requests.codes.ok:
        raise AnswerError(f"status {answer.status_code}")
    body, until_s = bytearray(), time.monotonic() + within_s
    while piece := answer.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > most_bytes:
            raise AnswerError(f"more than {most_bytes} bytes")
        if time.monotonic() > until_s or not is_wanted():
            raise AnswerError(f"{len(body)} bytes of it within {within_s:g} s")
    return bytes(body)


def why(error: BaseException, silence_s: float) -> str:
    """Why there is no answer, in words; the library's own hold the address. silence_s: what was waited for data."""
    if isinstance(error, requests.Timeout):
        return f"nothing for {silence_s:g} s"
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__context__
    return "a broken connection"
