"""A reader that breaks, hangs or never begins is replaced by another one, for ever."""

from __future__ import annotations

import logging
import random
import threading
from typing import Final

from helmet_service.watch.frame_source import CameraFrame, SourceState
from helmet_service.watch.inlet import Inlet, Read, ReadError
from helmet_service.watch.newest import Newest

_LOG: Final = logging.getLogger(__name__)
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0
_HEALTHY_S: Final = 30.0  # from the first frame on; a connection that breaks later is a new trouble
_LOOK_S: Final = 0.2  # how often a reader is looked at
_END_S: Final = 0.7  # that a reader has to end when it is told to
_MOST_LEFT: Final = 3  # readers that hang and were left behind; with as many, none is begun until one ends


class SupervisedSource:
    """A `FrameSource` whose connections `read` makes, one after the other, each in a thread of its own."""

    def __init__(self, name: str, read: Read) -> None:
        self._name, self._read = name, read
        self._newest = Newest()
        self._stopped = threading.Event()
        self._left: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._supervise, name=f"source-{name}", daemon=True)
        self._thread.start()

    def newest(self, wait_s: float) -> CameraFrame | None:
        """As `FrameSource` says."""
        return self._newest.take(wait_s)

    def state(self) -> SourceState:
        """As `FrameSource` says."""
        return self._newest.state()

    def stop(self) -> None:
        """As `FrameSource` says; a reader that waits for its camera is left behind, and ends by its own time limits."""
        self._stopped.set()
        self._newest.close()
        self._thread.join(2 * _END_S)

    def _supervise(self) -> None:
        tries = 0
        while not self._stopped.wait(wait_s(tries)) and self.state().state != "ended":
            tries += 1
            self._left = [thread for thread in self._left if thread.is_alive()]
            if len(self._left) < _MOST_LEFT and self._connect() > _HEALTHY_S:
                tries = 1

    def _connect(self) -> float:
        """Read until it ends, hangs or is stopped; how long it was healthy, in seconds."""
        inlet = Inlet(self._newest)
        reader = threading.Thread(target=self._run, args=(inlet,), name=f"reader-{self._name}", daemon=True)
        reader.start()
        while reader.is_alive() and not inlet.hangs and not self._stopped.is_set():
            reader.join(_LOOK_S)
        healthy_s = inlet.healthy_s
        inlet.stopped.set()
        reader.join(_END_S)
        if reader.is_alive():
            self._left.append(reader)
            self._newest.tell("connecting", "the reader hangs: it is left behind")
        return healthy_s

    def _run(self, inlet: Inlet) -> None:
        try:
            damage = self._read(inlet)
        except ReadError as error:
            inlet.trouble(str(error))
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the watch of a camera
            _LOG.exception("camera %s: a fault of its reader", self._name)
            inlet.trouble(f"a fault of the reader: {type(error).__name__}")
        else:
            if not inlet.stopped.is_set():
                self._newest.tell("ended", damage)


def wait_s(tries: int) -> float:
    """Before the next of so many tries, none before the first: exponential, with full jitter.

    So cameras behind one switch that all break at once do not all come back at once.
    """
    longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(tries - 1, 10)) if tries else 0.0
    return random.uniform(0.0, longest)
