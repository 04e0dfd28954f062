"""A camera or a stream as it comes: frames that nobody takes in time are dropped, so that the next is the newest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, Self

from av.video.frame import VideoFrame

from pose.video.connection import Connection
from pose.video.deinterlacing import Stamped, deinterlaced
from pose.video.pixels import clockwise, upright
from pose.video.reading import Frame, VideoError, VideoFacts

_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0)  # before each further try to connect
_CLOSE_S: Final = 1.0  # a reader that waits for data is left behind: FFmpeg must not be closed under it


class Live:
    """A camera (`/dev/video0`) or a stream (an address), as a context manager like `decoding.Video`.

    name: for messages, which must not repeat an address with a password. tell: takes a line about each try to connect
    again. facts: of the first frame. damage: in words, why no more frames came; None before, and where a stream ended
    as a file does. Raises VideoError when there is nothing to connect to, or no video.
    """

    def __init__(self, address: str, name: str, tell: Callable[[str], None]) -> None:
        self._address, self._name, self._tell = address, name, tell
        self._newest: Stamped | None = None
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._has_ended = False
        self.damage: str | None = None
        connection = Connection(address, name)
        self._codec, self._rate = connection.codec, connection.rate
        self._reader = threading.Thread(target=self._read, args=(connection,), name="live", daemon=True)
        self._reader.start()
        self.facts = self._first_frame()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._reader.join(_CLOSE_S)

    def frames(self) -> Iterator[Frame]:
        """The newest frame, whenever one is asked for, until the stream ends.

        Numbers count the frames that came, times are those of their arrival.
        """
        while (taken := self._take()) is not None:
            yield Frame(taken.number, taken.at_s, upright(taken.frame, (self.facts.width, self.facts.height)))

    def _first_frame(self) -> VideoFacts:
        with self._changed:
            self._changed.wait_for(self._has_news)
            first = self._newest
        if first is None:
            raise VideoError(self._name, "a stream of video frames", self.damage or "none")
        height, width = upright(first.frame).shape[:2]
        return VideoFacts("live", self._codec, width, height, clockwise(first.frame), None, None, self._rate)

    def _take(self) -> Stamped | None:
        """Wait for the newest frame; None once there are no more."""
        with self._changed:
            self._changed.wait_for(self._has_news)
            taken, self._newest = self._newest, None
            return taken

    def _has_news(self) -> bool:
        return self._newest is not None or self._has_ended

    def _read(self, connection: Connection) -> None:
        """Keep the newest frame; ends when the stream does for good. Runs in a thread of its own."""
        try:
            for stamped in deinterlaced(self._stamped(connection)):
                with self._changed:
                    self._newest = stamped
                    self._changed.notify_all()
        except VideoError as error:
            self.damage = f"expected {error.expected}, got {error.got}"
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _stamped(self, connection: Connection) -> Iterator[Stamped]:
        began = time.monotonic()
        for number, frame in enumerate(self._received(connection)):
            yield Stamped(number, time.monotonic() - began, frame)

    def _received(self, connection: Connection | None) -> Iterator[VideoFrame]:
        """The frames of this connection and of those that follow it; VideoError when none can be had again."""
        tries = 0
        while True:
            try:
                with connection or Connection(self._address, self._name) as connected:
                    for frame in connected.frames(self._stopped):
                        tries = 0
                        yield frame
                break
            except VideoError as error:
                if tries == len(_WAITS_S):
                    raise
                self._tell(f"{error}; trying again in {_WAITS_S[tries]:g} s")
                if self._stopped.wait(_WAITS_S[tries]):
                    return
            connection, tries = None, tries + 1
