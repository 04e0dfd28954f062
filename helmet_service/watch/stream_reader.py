"""Reads streams and devices by FFmpeg."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

import numpy as np
from numpy.typing import NDArray

from helmet_service.cameras.camera import CameraSource
from helmet_service.watch.inlet import Inlet, ReadError
from pose.video.connection import Connection
from pose.video.reading import VideoError
from pose.video.sampling import sampled

_MULTIPART_JPEG: Final = "mpjpeg"  # FFmpeg's name


class StreamReader:
    """A stream (RTSP over TCP, HTTP, MJPEG) or a device. rate: how many frames a second are wanted."""

    def __init__(self, source: CameraSource, rate: float) -> None:
        self._address, self._rate = _address(source), rate
        self._form = _MULTIPART_JPEG if source.kind == "mjpeg" else None

    def __call__(self, inlet: Inlet) -> None:
        """As `helmet_service.watch.inlet.Read` says."""
        try:
            with Connection(self._address, "the camera", self._form) as connection:
                for pixels in sampled(connection, self._rate, inlet.stopped):
                    inlet.put(pixels and _told(pixels))
        except VideoError as error:
            raise ReadError(str(error)) from None  # FFmpeg's own errors hold the address, with the password
        if not inlet.stopped.is_set():
            raise ReadError("the stream ended")


def _address(source: CameraSource) -> str:
    """As FFmpeg takes it: the path of a device, or an address with user and password."""
    if source.kind == "device":
        return f"/dev/video{source.address}"
    if source.credentials is None:
        return source.address
    user, password = quote(source.credentials.user, safe=""), quote(source.credentials.password, safe="")
    parts = urlsplit(source.address)
    return parts._replace(netloc=f"{user}:{password}@{parts.netloc}").geturl()


def _told(pixels: Callable[[], NDArray[np.uint8]]) -> Callable[[], NDArray[np.uint8]]:
    def taken() -> NDArray[np.uint8]:
        try:
            return pixels()
        except ValueError as error:
            raise ReadError(f"a frame of a form that cannot be shown: {error}") from None

    return taken
