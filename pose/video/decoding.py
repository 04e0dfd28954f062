"""The frames of a video file, decoded by FFmpeg with nothing but that file within its reach."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Final, Self

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pose.video.deinterlacing import Stamped, deinterlaced
from pose.video.pixels import clockwise, upright
from pose.video.reading import EXPECTED, HEAD_BYTES, LONGEST_S, Frame, VideoError, VideoFacts, container_of

_MOST_THREADS: Final = 4  # each holds a frame or two
_USUAL_RATE: Final = 25.0  # frames a second, where a file says none or an impossible one
_HIGHEST_RATE: Final = 240.0  # of a WebM file without a rate FFmpeg says 1000, the ticks of its clock
# A frame or less in each; a file of 2 GB may hold a hundred million.
_MOST_PACKETS: Final = round(_HIGHEST_RATE * LONGEST_S)
_PADDING: Final = 2  # decoders count whole blocks: at most twice the pixels, in a narrow video
_EARLY_END_S: Final = 1.0  # headers differ from last frames by less
# A time without a frame that is longer than both is told.
_LEAST_GAP_S: Final = 2.0
_LEAST_GAP_STEPS: Final = 10.0  # of the usual length


class Video:
    """An open video; made by `pose.video.reading.open_video`.

    facts: see there. damage: in words, what could not be decoded in full; None until `frames` has ended.
    """

    def __init__(self, path: Path, most_pixels: int) -> None:
        with path.open("rb") as file:
            self._demuxer = container_of(file.read(HEAD_BYTES))
        self._path, self._most_pixels = path, most_pixels
        self._container, self._stream = self._open()
        self._times: list[int] | None = None
        self._lost_before = self._lost = 0
        self.damage: str | None = None
        try:
            self._check()
            self.facts, self._first_pts = self._first_frame()
            # AVI numbers frames in the order of decoding; where that is another one, FFmpeg makes times up.
            self._has_times = self._demuxer != "avi" or not self._stream.codec_context.has_b_frames
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def frames(self, start: int = 0, lost: int = 0, works: Callable[[], object] = lambda: None) -> Iterator[Frame]:
        """The frames from number `start` on, each the same as in a run from 0; one iteration at a time.

        Decodes from the key frame before `start`, or from the beginning where the file's times do not tell how many
        frames come before it. Frames that cannot be decoded are left out. lost: that of the frame before `start`.
        works: called again and again until the first frame comes, for which the whole file may have to be read.
        """
        self.damage, self._lost_before, end_s = None, lost, 0.0
        if self._times is None:
            self._times = self._presentation_times(works)
        for stamped in deinterlaced(self._from(max(start - 1, 0))):  # deinterlacing looks at the frame before
            end_s = stamped.at_s + self._shown_s(stamped.frame)
            if stamped.number < start:
                self._lost = lost  # what was lost up to here is among these
                works()
            elif (pixels := self._pixels(stamped.frame)) is not None:
                yield Frame(stamped.number, stamped.at_s, pixels, self._lost)
        self.damage = self._damage(end_s)

    def _open(self) -> tuple[InputContainer, VideoStream]:
        try:
            container = av.open(
                str(self._path.absolute()),
                "r",
                format=self._demuxer,
                options={"protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except av.FFmpegError as error:
            raise VideoError("video", EXPECTED, f"a file that cannot be read: {error.strerror}") from error
        streams = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
        if not streams:
            container.close()
            raise VideoError("video", "a file with a video stream", "a file without one")
        stream = streams[0]
        if stream.codec_context is None:  # PyAV's types do not tell
            container.close()
            raise VideoError("video", "a codec that FFmpeg can decode", "an unknown one")
        stream.thread_type = "FRAME"
        stream.thread_count = min(_MOST_THREADS, len(os.sched_getaffinity(0)))
        stream.codec_context.options = {"max_pixels": str(_PADDING * self._most_pixels)}
        return container, stream

    def _check(self) -> None:
        """VideoError when the header is over a limit."""
        width, height, seconds = self._stream.width, self._stream.height, self._duration_s()
        self._check_pixels(width, height)
        if seconds is not None and seconds > LONGEST_S:
            raise VideoError("video", f"at most {LONGEST_S / 3600:g} h", f"{seconds / 3600:.1f} h")

    def _check_pixels(self, width: int, height: int) -> None:
        if width * height > self._most_pixels:
            raise VideoError("video", f"frames of at most {self._most_pixels} pixels", f"{width}x{height} pixels")

    def _first_frame(self) -> tuple[VideoFacts, int]:
        """The facts, and the presentation time of the first frame in the stream's unit."""
        for frame in self._decoded():
            self._check_pixels(frame.width, frame.height)
            try:
                width, height = upright(frame).shape[1::-1]
            except (av.FFmpegError, ValueError):
                continue
            codec, count = self._stream.codec_context.codec.canonical_name, self._stream.frames or None
            facts = VideoFacts(
                self._demuxer, codec, width, height, clockwise(frame), count, self._duration_s(), self._rate()
            )
            return facts, frame.pts or 0
        raise VideoError("video", "at least one frame that can be decoded", "none")

    def _duration_s(self) -> float | None:
        stream, container = self._stream, self._container
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return container.duration / av.time_base if container.duration else None

    def _stated_s(self) -> float:
        """How long the video is by what the file says of this stream alone, in seconds; 0 where it says nothing."""
        if self._demuxer == "avi":  # whose duration FFmpeg shortens to what is there
            return self._stream.frames / self.facts.rate
        is_alone = self._stream.duration or len(self._container.streams) == 1
        return self._duration_s() or 0.0 if is_alone else 0.0

    def _rate(self) -> float:
        rate = float(self._stream.average_rate or self._stream.guessed_rate or 0)
        return rate if 0 < rate <= _HIGHEST_RATE else _USUAL_RATE

    def _presentation_times(self, works: Callable[[], object]) -> list[int]:
        """The sorted times of all packets in the stream's unit; [] unless each has one of its own.

        A frame's place among them is its number, wherever decoding begins and whatever is damaged before it.
        """
        if not self._has_times:
            return []
        self._reopen()
        stated = []
        for packet in self._packets():
            works()
            stated += [] if packet.is_discard else [packet.pts]
        times = sorted(time for time in stated if time is not None)
        are_distinct = len(times) == len(stated) and all(one < next_ for one, next_ in pairwise(times))
        return times if are_distinct else []

    def _from(self, number: int) -> Iterator[Stamped]:
        """The frames of the file from this number on, or from an earlier one."""
        times = self._times or []
        if 0 < number < len(times):
            self._reopen()
            found = self._sought(times[number])
            first = next(found, None)
            if first is not None and first.number <= number:
                return chain([first], found)
        self._reopen()
        return self._stamped()

    def _sought(self, time: int) -> Iterator[Stamped]:
        """The frames from the key frame before this time on; none where the file does not lead there."""
        try:
            self._container.seek(time, stream=self._stream)
        except av.FFmpegError:
            return
        yield from self._stamped()

    def _reopen(self) -> None:
        self._container.close()
        self._container, self._stream = self._open()
        self._lost = self._lost_before

    def _stamped(self) -> Iterator[Stamped]:
        number, at_s = -1, -1.0
        for frame in self._decoded():
            number = max(number + 1, bisect_left(self._times or (), frame.pts or 0))
            at_s = self._at_s(frame, at_s) if self._has_times else number / self.facts.rate
            if at_s > LONGEST_S:
                self._lost += 1
                return
            yield Stamped(number, at_s, frame)

    def _at_s(self, frame: VideoFrame, before_s: float) -> float:
        """Where the file gives a frame no time, or one that goes back, it follows the last at the mean rate."""
        if frame.pts is not None and self._stream.time_base:
            at_s = float((frame.pts - self._first_pts) * self._stream.time_base)
            if at_s > before_s:
                return at_s
        return max(before_s, -1 / self.facts.rate) + 1 / self.facts.rate

    def _shown_s(self, frame: VideoFrame) -> float:
        shown_s = frame.duration * (self._stream.time_base or 0)
        return float(shown_s) or 1 / self.facts.rate

    def _decoded(self) -> Iterator[VideoFrame]:
        for packet in chain(self._packets(), (None,)):  # None: what the decoder still holds
            try:
                for frame in self._stream.decode(packet):
                    self._lost += frame.is_corrupt
                    yield frame
            except av.FFmpegError:
                self._lost += 1

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        try:
            for packet in islice(self._container.demux(self._stream), _MOST_PACKETS):
                if packet.size:  # an empty one would end the decoder
                    yield packet
        except av.FFmpegError:
            self._lost += 1

    def _pixels(self, frame: VideoFrame) -> NDArray[np.uint8] | None:
        """None for a form that cannot be converted."""
        try:
            return upright(frame, (self.facts.width, self.facts.height))
        except (av.FFmpegError, ValueError):
            self._lost += 1
            return None

    def _damage(self, end_s: float) -> str | None:
        found = []
        if self._lost:
            found.append(f"{self._lost} pieces could not be decoded in full")
            found += self._gap()  # without a lost piece it may be a camera's pause
        stated_s = self._stated_s()
        if end_s < stated_s - _EARLY_END_S:
            found.append(f"the video ends after {end_s:.1f} s of {stated_s:.1f} s")
        return "; ".join(found) or None

    def _gap(self) -> list[str]:
        """In words, the longest time without a frame; [] where it is a usual one."""
        times = (np.array(self._times or [], np.float64) - self._first_pts) * float(self._stream.time_base or 0)
        if len(times) < 2:
            return []
        steps = np.diff(times)
        longest = int(steps.argmax())
        if steps[longest] <= max(_LEAST_GAP_S, _LEAST_GAP_STEPS * float(np.median(steps))):
            return []
        return [f"no frame comes between {times[longest]:.1f} s and {times[longest + 1]:.1f} s"]
