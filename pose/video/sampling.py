"""Which frames of a live stream are decoded, where far fewer are wanted than come: decoding is what a stream costs.

A key frame can be decoded without any other. Where key frames come often enough, they alone are decoded; else every
frame is, because each is needed for the next.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Final, Literal

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pose.video.connection import Connection
from pose.video.deinterlacing import Stamped, deinterlaced
from pose.video.pixels import upright

Pixels = Callable[[], NDArray[np.uint8]]
"""Makes (H, W, 3) uint8 BGR, upright, of a frame; raises ValueError for a form it cannot convert."""

_INTERVALS: Final = 3  # between key frames, before they are trusted: a connection begins with a burst of frames
_LATE: Final = 1.25  # networks delay key frames, the largest ones, most
_IN_TIME: Final = 1.05


class KeyFrames:
    """Decides for one frame after the other what is decoded; pure. period_s: how often a frame is wanted."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)
        self._last_key_s = self._last_decoded_s = -float("inf")
        self._are_enough = False

    def step(self, at_s: float, *, is_key: bool) -> Literal["all", "alone", "skip"]:
        """What to do with a frame that came at this time of a monotonic clock.

        all: decode it as one of a sequence of frames; alone: decode it, and none of the sequence after it.
        """
        if is_key:
            self._intervals.append(at_s - self._last_key_s)
            self._last_key_s = at_s
            self._are_enough = len(self._intervals) == _INTERVALS and max(self._intervals) <= _LATE * self._period_s
        if not self._are_enough:
            return "all"
        if not is_key or at_s + self._intervals[-1] < self._last_decoded_s + _IN_TIME * self._period_s:
            return "skip"  # the next one comes in time
        self._last_decoded_s = at_s
        return "alone"


class Sampler:
    """Decodes what is needed of a stream. rate: how many frames a second are wanted."""

    def __init__(self, stream: VideoStream, rate: float) -> None:
        self._stream, self._key_frames = stream, KeyFrames(1 / rate)
        stream.thread_count = 1  # more would decode ahead, and a box has as many cameras as cores

    def step(self, packet: Packet[VideoStream], at_s: float) -> Pixels | None:
        """The next packet, which came at this time of a monotonic clock; None where no frame is to be seen."""
        how = self._key_frames.step(at_s, is_key=packet.is_keyframe)
        frame = None if how == "skip" else _decoded(self._stream, packet, alone=how == "alone")
        return None if frame is None else partial(_pixels, frame)


def sampled(connection: Connection, rate: float, stopped: threading.Event) -> Iterator[Pixels | None]:
    """For each frame that comes, how to get its pixels; None where it was not decoded.

    rate: how many frames a second are wanted. Ends and raises as `Connection.packets` does.
    """
    sampler = Sampler(connection.stream, rate)
    for packet in connection.packets(stopped):
        yield sampler.step(packet, time.monotonic())


def _decoded(stream: VideoStream, packet: Packet[VideoStream], *, alone: bool) -> VideoFrame | None:
    """The newest frame that can be shown after this packet."""
    frames: list[VideoFrame] = []
    with suppress(av.FFmpegError):  # such as frames before the first key frame
        frames += stream.decode(packet)
        if alone:
            frames += stream.decode(None)
    if alone:
        stream.codec_context.flush_buffers()
    whole = [frame for frame in frames if not frame.is_corrupt]
    return whole[-1] if whole else None


def _pixels(frame: VideoFrame) -> NDArray[np.uint8]:
    stamped = iter([Stamped(0, 0.0, frame)])
    try:
        (whole,) = deinterlaced(stamped) if frame.interlaced_frame else stamped
        return upright(whole.frame)
    except av.FFmpegError as error:  # of which only some are a ValueError, too
        raise ValueError(error.strerror) from error
