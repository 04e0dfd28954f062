"""Frames -> an H.264 file that browsers play while they load it; and parts of a video joined without encoding again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, Self

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pose.video.reading import VideoError

_TICKS: Final = 90_000  # a second: the clock of MPEG, in which all usual frame rates are whole
_TIME_BASE: Final = Fraction(1, _TICKS)
# Of the file too, because a part that does not begin at 0 says when it does in the file's unit, usually milliseconds.
_FORMAT: Final = {"movie_timescale": str(_TICKS)}
_INDEX_FIRST: Final = {"movflags": "faststart"}  # writes the data twice
# Of the index of one frame at most, by ISO 14496-12: stts 8, stsz 4, stsc 12, co64 8 and stss 4; and of its rest.
_INDEX_BYTES: Final = 36
_INDEX_HEAD_BYTES: Final = 8192
_USUAL_RATE: Final = 25  # frames a second that encoders plan for; the times decide
_KEY_FRAMES: Final = 50  # frames from one to the next: a player jumps to them
_MOST_THREADS: Final = 4
_BITS_A_PIXEL: Final = 3.0  # a second: 2.8 Mbit/s at 1280x720
# What OpenCV converts to, as ITU-T H.273, table 4 numbers it; of large frames players would guess BT.709.
_BT601: Final = 6
_LIMITED_RANGE: Final = 1  # FFmpeg's AVCOL_RANGE_MPEG
_ENCODERS: Final = ("libx264", "libopenh264")  # the first that this FFmpeg has


class VideoWriter:
    """A new MP4 file of frames of one size; as a context manager, which finishes the file at its end.

    Odd sides get one more column or row, because H.264 halves the colours' sides. is_part: for `join`, so that no
    player needs its index first.
    """

    def __init__(self, path: Path, width: int, height: int, *, is_part: bool = False) -> None:
        self._size, self._ticks = (width, height), -1
        options = _FORMAT if is_part else _FORMAT | _INDEX_FIRST
        self._container = av.open(str(path.absolute()), "w", format="mp4", container_options=dict(options))
        try:
            self._stream = _encoder(self._container, width + width % 2, height + height % 2)
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._ticks >= 0:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()

    def write(self, pixels: NDArray[np.uint8], at_s: float) -> None:
        """Append a frame: (H, W, 3) uint8 BGR of the writer's size; at_s: when it is shown, which must grow."""
        if pixels.shape[1::-1] != self._size:
            raise ValueError(f"pixels: expected {self._size} (width, height), got {pixels.shape[1::-1]}")
        self._ticks = max(round(at_s * _TICKS), self._ticks + 1)
        frame = VideoFrame.from_ndarray(_yuv420(pixels), format="yuv420p")
        frame.pts, frame.time_base = self._ticks, _TIME_BASE
        self._container.mux(self._stream.encode(frame))


def join(parts: Sequence[Path], out: Path, frames: int) -> None:
    """Write one MP4 file with the frames of several of `VideoWriter`, as they are encoded and with their times.

    The times go on from part to part. frames: of all parts, for which the index in front keeps room. Raises VideoError
    for parts that do not fit together.
    """
    # To move the data when the file ends would take long, and PyAV lets no other thread run meanwhile.
    options = _FORMAT | {"moov_size": str(_INDEX_HEAD_BYTES + _INDEX_BYTES * frames)}
    with av.open(str(out.absolute()), "w", format="mp4", container_options=options) as container:
        stream, last = None, -1
        for path in parts:
            with av.open(str(path.absolute()), "r", format="mov", options={"protocol_whitelist": "file"}) as part:
                template = part.streams.video[0]
                stream = stream or _copy_of(template, container)
                if template.codec_context.extradata != stream.codec_context.extradata:
                    raise VideoError("parts", "parts of one size and encoder", f"{path.name}, which differs")
                for packet in part.demux(template):
                    if packet.dts is None:  # the end
                        continue
                    if packet.dts <= last:
                        raise VideoError("parts", "times that go on from part to part", f"{path.name}, which goes back")
                    last, packet.stream = packet.dts, stream
                    container.mux(packet)


def _encoder(container: OutputContainer, width: int, height: int) -> VideoStream:
    name = next((each for each in _ENCODERS if each in av.codecs_available), None)
    if name is None:
        raise VideoError("FFmpeg", f"one with the encoder {' or '.join(_ENCODERS)}", "one without")
    # Constant quality where the encoder has it, else a constant rate.
    options = {"preset": "veryfast", "crf": "23"} if name == "libx264" else {}
    stream = container.add_stream(name, rate=_USUAL_RATE, options=options)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    if name != "libx264":
        stream.bit_rate = round(_BITS_A_PIXEL * width * height)
    context = stream.codec_context
    context.time_base, context.gop_size, context.max_b_frames = _TIME_BASE, _KEY_FRAMES, 0
    context.colorspace, context.color_range = _BT601, _LIMITED_RANGE
    context.thread_count = min(_MOST_THREADS, len(os.sched_getaffinity(0)))
    return stream


def _yuv420(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """BGR with sides made even -> (1.5 H, W); OpenCV takes a fifth of the time of FFmpeg's conversion."""
    height, width = pixels.shape[:2]
    even = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)


def _copy_of(template: VideoStream, container: OutputContainer) -> VideoStream:
    stream = container.add_stream_from_template(template)
    stream.time_base = _TIME_BASE
    return stream
