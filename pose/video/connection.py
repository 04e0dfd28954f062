"""One connection to a camera or a stream, by FFmpeg."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Final, Self

import av
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pose.video.reading import VideoError

SILENCE_S: Final = 10.0  # without a connection, or without data
_USUAL_RATE: Final = 25.0  # frames a second, where a stream says none
_HIGHEST_RATE: Final = 240.0  # streams that do not know theirs say 90,000 and the like
# What a stream may be made of: a playlist, say, must not name files of this machine.
_PROTOCOLS: Final = "crypto,data,http,https,rtmp,rtmps,rtp,rtsp,rtsps,srtp,tcp,tls,udp"
_RTSP: Final = ("rtsp://", "rtsps://")


class Connection:
    """Connected to a camera (`/dev/video0`) or a stream (an address), as a context manager.

    name: for messages, which must not repeat an address with a password. form: FFmpeg's name of the stream's format,
    None to find it out. codec: FFmpeg's name. rate: frames a second, as the stream says.
    Raises VideoError when there is nothing to connect to, or no video. Everything gives up after `SILENCE_S`.
    """

    def __init__(self, address: str, name: str, form: str | None = None) -> None:
        self._name, self._must_go_on = name, address.startswith(_RTSP)
        is_device = address.startswith("/")
        options = {} if is_device else {"protocol_whitelist": _PROTOCOLS}
        if self._must_go_on:
            options["rtsp_transport"] = "tcp"
        began_s = time.monotonic()
        try:
            self._container = av.open(
                address, "r", format="v4l2" if is_device else form, options=options, timeout=SILENCE_S
            )
        except (av.FFmpegError, ValueError) as error:
            raise VideoError(name, "a camera or a stream", _reason(error, began_s)) from error
        self._stream = self._first_video()
        self.codec, self.rate = self._stream.codec_context.codec.canonical_name, _rate(self._stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    @property
    def stream(self) -> VideoStream:
        """The stream of video; how it is decoded may be changed before the first frame."""
        return self._stream

    def packets(self, stopped: threading.Event) -> Iterator[Packet[VideoStream]]:
        """One after the other, the empty one that ends a stream excepted, until it ends or is stopped.

        Raises VideoError when the connection breaks, or ends although it is a network camera's.
        """
        came_s = time.monotonic()
        try:
            for packet in self._container.demux(self._stream):
                if stopped.is_set():
                    return
                if packet.size:
                    yield packet
                    came_s = time.monotonic()
        except av.FFmpegError as error:
            raise VideoError(self._name, "frames", _reason(error, came_s)) from error
        if self._must_go_on:
            raise VideoError(self._name, "frames", "the end of the stream")

    def frames(self, stopped: threading.Event) -> Iterator[VideoFrame]:
        """Every frame that can be decoded; ends and raises as `packets` does."""
        self._stream.thread_type = "SLICE"  # threads that work on frames each would hold them back
        for packet in chain(self.packets(stopped), (None,)):  # None: what the decoder still holds
            with suppress(av.FFmpegError):  # such as frames before the first key frame
                yield from self._stream.decode(packet)

    def _first_video(self) -> VideoStream:
        for stream in self._container.streams.video:
            if stream.codec_context is not None:  # PyAV's types do not tell
                return stream
        self._container.close()
        raise VideoError(self._name, "a stream of video", "one without")


def _reason(error: Exception, since_s: float) -> str:
    """In words, without the address, which may hold a password. since_s: when FFmpeg began to wait."""
    if time.monotonic() - since_s >= SILENCE_S:  # where it is made to give up, it says different things
        return f"nothing for {SILENCE_S:g} s"
    if isinstance(error, av.HTTPUnauthorizedError):
        return "a refusal of this user and password"
    return str(error.strerror if isinstance(error, av.FFmpegError) else error)


def _rate(stream: VideoStream) -> float:
    rate = float(stream.average_rate or 0)
    return rate if 0 < rate <= _HIGHEST_RATE else _USUAL_RATE
