"""Events -> the database, by a thread of its own: a disk that is slow or full holds up no camera."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from helmet_service.alarms.database import StoreError
from helmet_service.alarms.events import Event
from helmet_service.alarms.evidence_folder import Evidence
from helmet_service.alarms.store import AlarmStore

_LOG: Final = logging.getLogger(__name__)
_AGAIN_S: Final = 2.0  # after the disk refused
_MOST: Final = 200  # events that wait for it, some with pictures of a megabyte; then the oldest are lost
_STOP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: Event
    evidence: Evidence | None


class Recorder:
    """Records events in their order.

    outlets: names of those that events go to now. recorded: called after each event. trouble: in words, why events wait
    for the disk; None where they do not.
    """

    def __init__(self, store: AlarmStore, outlets: Callable[[], Sequence[str]], recorded: Callable[[], None]) -> None:
        self._store, self._outlets, self._recorded = store, outlets, recorded
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self.trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin to record."""
        self._thread.start()

    def record(self, event: Event, evidence: Evidence | None = None) -> None:
        """Record an event as soon as the disk takes it; returns at once."""
        with self._changed:
            if len(self._waiting) == _MOST:
                lost = self._waiting.popleft().event
                _LOG.error("lost, as the disk takes nothing: %s of camera %s", lost.kind, lost.camera)
            self._waiting.append(_Waiting(event, evidence))
            self._changed.notify()

    def stop(self) -> None:
        """Record what waits, unless the disk refuses."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if not self._waiting:
                    return
                first = self._waiting[0]
            if self._is_done(first):
                with self._changed:
                    if self._waiting and self._waiting[0] is first:
                        self._waiting.popleft()
            elif self._stopping:
                return
            else:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, _AGAIN_S)

    def _is_done(self, waiting: _Waiting) -> bool:
        """Whether nothing is left to do with it; False while the disk refuses."""
        event, evidence = waiting.event, waiting.evidence
        of_alarms = {event.alarm.id: evidence} if event.alarm and evidence else {}
        try:
            self._store.record([event], self._outlets(), of_alarms)
        except StoreError as error:
            if self.trouble is None:
                _LOG.error("events cannot be recorded: %s", error)
            self.trouble = str(error)
            return False
        except Exception:  # noqa: BLE001  a fault of ours at one event must not lose all that follow
            _LOG.exception("lost by a fault: %s of camera %s", event.kind, event.camera)
        self.trouble = None
        self._recorded()
        return True
