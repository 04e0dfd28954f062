"""Asks a camera for one picture after the other, over HTTP."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from helmet_service.cameras.camera import CameraSource
from helmet_service.watch.inlet import Inlet, ReadError
from helmet_service.watch.pictures import Pictures

_SILENCE_S: Final = 5.0  # without a connection, or without data
_ANSWER_S: Final = 10.0  # for the whole answer
_MOST_BYTES: Final = 20_000_000
_PIECE: Final = 1 << 16
_MOST_REDIRECTS: Final = 3
_NOT_MODIFIED: Final = 304
_UNAUTHORIZED: Final = 401


class SnapshotReader:
    """A camera's snapshot address. rate: how many pictures a second it is asked for."""

    def __init__(self, source: CameraSource, rate: float) -> None:
        self._source, self._period_s = source, 1 / rate
        self._auth: AuthBase | None = None

    def __call__(self, inlet: Inlet) -> None:
        """As `helmet_service.watch.inlet.Read` says."""
        pictures, tag, pause_s = Pictures(inlet, self._period_s), None, 0.0
        with _SameHost() as session:
            while inlet.rest(pause_s):
                due_s = time.monotonic() + self._period_s
                picture, tag = self._picture(session, tag, inlet)
                pictures.put(picture)
                pause_s = due_s - time.monotonic()

    def _picture(self, session: requests.Session, tag: str | None, inlet: Inlet) -> tuple[bytes | None, str | None]:
        """The next picture and its entity tag; None for the picture where it is still the one of this tag."""
        try:
            with self._answer(session, {"If-None-Match": tag} if tag else {}) as answer:
                if answer.status_code == _NOT_MODIFIED:
                    return None, tag
                if answer.status_code != requests.codes.ok:
                    raise ReadError(f"expected a picture, got status {answer.status_code}")
                return _body(answer, inlet), answer.headers.get("ETag")
        except (requests.RequestException, OSError) as error:
            raise ReadError(f"expected a picture, got {_reason(error)}") from None  # it may hold the whole address

    def _answer(self, session: requests.Session, headers: dict[str, str]) -> requests.Response:
        """Asked again with user and password in the way that the camera wants, where it wants them."""
        answer = self._get(session, headers)
        if answer.status_code == _UNAUTHORIZED and self._auth is None:
            answer.close()
            self._auth = self._wanted_auth(answer.headers.get("WWW-Authenticate", ""))
            answer = self._get(session, headers)
        if answer.status_code == _UNAUTHORIZED:
            answer.close()
            self._auth = None
            raise ReadError("expected a picture, got a refusal of this user and password")
        return answer

    def _get(self, session: requests.Session, headers: dict[str, str]) -> requests.Response:
        return session.get(self._source.address, headers=headers, auth=self._auth, timeout=_SILENCE_S, stream=True)

    def _wanted_auth(self, challenge: str) -> AuthBase:
        credentials = self._source.credentials
        if credentials is None:
            raise ReadError("expected a picture, got a demand for user and password")
        is_digest = "digest" in challenge.lower()
        return (HTTPDigestAuth if is_digest else HTTPBasicAuth)(credentials.user, credentials.password)


class _SameHost(requests.Session):
    """Goes where the camera sends it only on the same host, and by no proxy."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env, self.max_redirects = False, _MOST_REDIRECTS

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target and urlsplit(urljoin(resp.url, target)).hostname != urlsplit(resp.url).hostname:
            raise ReadError("expected a picture, got a redirection to another host")
        return target


def _body(answer: requests.Response, inlet: Inlet) -> bytes:
    """The whole body; ReadError over a limit of bytes or time."""
    body, until_s = bytearray(), time.monotonic() + _ANSWER_S
    while piece := answer.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > _MOST_BYTES:
            raise ReadError(f"expected a picture of at most {_MOST_BYTES} bytes, got more")
        if time.monotonic() > until_s or inlet.stopped.is_set():
            raise ReadError(f"expected a picture within {_ANSWER_S:g} s, got {len(body)} bytes of it")
    return bytes(body)


def _reason(error: BaseException) -> str:
    """In words, without the address."""
    if isinstance(error, requests.Timeout):
        return f"nothing for {_SILENCE_S:g} s"
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__context__
    return "a broken connection"
