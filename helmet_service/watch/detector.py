"""Hats of a camera's frames, from a detector that takes a JPEG by POST."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Final

import numpy as np
import requests
from numpy.typing import NDArray

from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import BoxRequest
from helmet_service.cameras.camera import Detector
from helmet_service.http.problems import Problem
from helmet_service.http.request_body import parse_json
from helmet_service.pictures.encoding import to_jpeg
from helmet_service.values.checked import Object, boxes
from helmet_service.watch.http_answers import AnswerError, SigningIn, body_of, why
from helmet_service.work.box_units import BOXES, check_boxes
from helmet_service.work.judging import hats_of
from pose.errors import PoseError

_SILENCE_S: Final = 5.0  # without a connection, or without data
_ANSWER_S: Final = 5.0  # for the body
_PATIENCE: Final = 10
_MOST_BYTES: Final = 2_000_000  # 10,000 hats, the most that MAX_HATS may be, with all digits


class DetectorError(PoseError):
    """A detector that gives no hats: the message says what was expected of it and what came, without its address."""


class _Answer(Object):
    """What a detector answers."""

    hats = boxes(BoxRequest, BOXES, required=True)


class DetectorClient:
    """Asks the detector of one camera; for one thread. most_hats: in one frame (`MAX_HATS`)."""

    def __init__(self, detector: Detector, most_hats: int) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._post = partial(self._session.post, detector.url, timeout=_SILENCE_S, stream=True, allow_redirects=False)
        self._signing_in = SigningIn(detector.credentials)
        self._most_hats = most_hats
        self._failed: tuple[float, str] | None = None  # until when it is not asked, and why

    def hats(self, pixels: NDArray[np.uint8]) -> list[dict[str, Any]]:
        """All hats in a frame, (H, W, 3) uint8 BGR, as a request of `/v1/compliance` has them.

        They have passed the checks of a request's. Raises DetectorError for anything else; one that takes long to fail
        is not asked again for ten times as long: its camera would wait for it all the time.
        """
        began_s = time.monotonic()
        if self._failed and began_s < self._failed[0]:
            raise DetectorError(self._failed[1])
        try:
            return self._asked(pixels)
        except DetectorError as error:
            now_s = time.monotonic()
            self._failed = now_s + _PATIENCE * (now_s - began_s), str(error)
            raise

    def close(self) -> None:
        """End its connection."""
        self._session.close()

    def _asked(self, pixels: NDArray[np.uint8]) -> list[dict[str, Any]]:
        height, width = pixels.shape[:2]
        try:
            answer = parse_json(self._answer(to_jpeg(pixels, max(width, height))), "answer")
            hats: list[dict[str, Any]] = load(_Answer(), answer, {"hats": self._most_hats})["hats"]
            check_boxes({"hats": [hat.box for hat in hats_of(hats)]}, width, height)
        except Problem as problem:
            raise DetectorError(f"detector: {problem.in_words}") from None
        return hats

    def _answer(self, jpeg: bytes) -> bytes:
        headers = {"Content-Type": "image/jpeg", "Accept": "application/json"}
        try:
            with self._signing_in(lambda auth: self._post(data=jpeg, headers=headers, auth=auth)) as answer:
                return body_of(answer, _MOST_BYTES, _ANSWER_S, lambda: True)
        except AnswerError as error:
            raise DetectorError(f"detector: expected hats, got {error}") from None
        except (requests.RequestException, OSError) as error:
            raise DetectorError(f"detector: expected hats, got {why(error, _SILENCE_S)}") from None
