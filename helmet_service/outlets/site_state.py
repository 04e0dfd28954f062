"""What a receiver that keeps states has been told: which alarms are open, which cameras are in trouble."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from helmet_service.alarms.events import Event


@dataclass(frozen=True, slots=True)
class SiteState:
    """open: camera and id of each alarm that has begun and not ended. troubled: cameras that cannot be judged."""

    open: frozenset[tuple[str, str]] = frozenset()
    troubled: frozenset[str] = frozenset()

    def alarms(self, camera: str) -> bool:
        """Whether a camera has an open alarm."""
        return any(each == camera for each, _ in self.open)


def after(state: SiteState, events: Iterable[Event]) -> SiteState:
    """The state that these events, in their order, lead to."""
    for event in events:
        if event.alarm is None:
            troubled = state.troubled - {event.camera}
            state = replace(state, troubled=troubled | ({event.camera} if event.kind == "camera_trouble" else set()))
            continue
        alarm = {(event.camera, event.alarm.id)}
        state = replace(state, open=state.open - alarm if event.kind == "alarm_off" else state.open | alarm)
    return state
