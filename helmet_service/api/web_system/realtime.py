"""Frames of the web system's WebSocket: its clients send files, base64 or JSON."""

from __future__ import annotations

import string
from contextlib import ExitStack
from typing import Any, Final

from helmet_service.api.live_streams import Frame
from helmet_service.api.web_system.detection import PICTURE, detect
from helmet_service.http.request_body import parse_json
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages

PREFIX: Final = "/api/ws/realtime/"
_BEGINS_JSON: Final = (b"{", b'"', b"[")  # base64 and data URLs never do
_SHORT: Final = "image"


class DetectedFrames:
    """Frames answered as `/api/detect/image` answers; nothing is kept from frame to frame."""

    rule = f"{PREFIX}<client_id>"

    def __init__(self, service: Service) -> None:
        self._service = service

    def hello(self, client: str) -> None:
        """Nothing: such a client takes the first message for the answer to its first frame."""

    def request_of(self, frame: Frame) -> tuple[int, object]:
        """The frame's number, and its request: `image_base64` may also be called `image`, or be the whole message."""
        if not frame.is_text:
            return frame.number, {PICTURE: frame.data}
        if not frame.data.lstrip(string.whitespace.encode()).startswith(_BEGINS_JSON):
            return frame.number, {PICTURE: frame.data.decode("utf-8", "replace")}
        asked = parse_json(frame.data, "message")
        if isinstance(asked, str):
            return frame.number, {PICTURE: asked}
        if isinstance(asked, dict) and PICTURE not in asked and _SHORT in asked:
            return frame.number, asked | {PICTURE: asked[_SHORT]}
        return frame.number, asked

    def answer(self, request: object, at_s: float, stages: Stages, until: ExitStack) -> dict[str, Any]:  # noqa: ARG002
        """The answer of `/api/detect/image`."""
        return detect(self._service, request, stages, until)
