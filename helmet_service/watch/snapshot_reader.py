"""Asks a camera for one picture after the other, over HTTP."""

from __future__ import annotations

import time
from functools import partial
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests

from helmet_service.cameras.camera import CameraSource
from helmet_service.watch.http_answers import AnswerError, SigningIn, body_of, why
from helmet_service.watch.inlet import Inlet, ReadError
from helmet_service.watch.pictures import Pictures

_SILENCE_S: Final = 5.0  # without a connection, or without data
_ANSWER_S: Final = 10.0  # for the whole answer
_MOST_BYTES: Final = 20_000_000
_MOST_REDIRECTS: Final = 3
_NOT_MODIFIED: Final = 304


class SnapshotReader:
    """A camera's snapshot address. rate: how many pictures a second it is asked for."""

    def __init__(self, source: CameraSource, rate: float) -> None:
        self._source, self._period_s = source, 1 / rate
        self._signing_in = SigningIn(source.credentials)

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
        get = partial(session.get, self._source.address, timeout=_SILENCE_S, stream=True)
        headers = {"If-None-Match": tag} if tag else {}
        try:
            with self._signing_in(lambda auth: get(headers=headers, auth=auth)) as answer:
                if answer.status_code == _NOT_MODIFIED:
                    return None, tag
                picture = body_of(answer, _MOST_BYTES, _ANSWER_S, lambda: not inlet.stopped.is_set())
                return picture, answer.headers.get("ETag")
        except AnswerError as error:
            raise ReadError(f"expected a picture, got {error}") from None
        except (requests.RequestException, OSError) as error:
            raise ReadError(f"expected a picture, got {why(error, _SILENCE_S)}") from None  # it may hold the address


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
