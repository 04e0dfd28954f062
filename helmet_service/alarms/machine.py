"""When an alarm begins, is told again, and ends: a pure state machine for each track in each zone.

Voted verdicts come in, one frame after the other, at any rate. A head that was first seen bare `on.seconds` ago, and is
bare in `on.frames` of the last `on.of` frames, is an alarm. What was bare is clear again when it is not in `off.frames`
of the last `off.of` frames, for `off.seconds`: that ends an alarm, and forgets what has not become one. At ten frames a
second the seconds decide, below one frame in as many seconds the frames do, and each change waits for a frame.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from helmet_service.alarms.events import WhyEnded
from helmet_service.cameras.camera import AlarmRules, Steady

Key = tuple[int, str]
"""A track, and the name of a zone."""


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """What counts of a judged frame.

    at_s: when it was taken, on the monotonic clock. bare: the vote's confidence of everybody who must wear a helmet in
    a zone and does not; nobody who is too small, ignored, or never moves. tracks: all that the tracker remembers, in
    the picture or not.
    """

    at_s: float
    bare: Mapping[Key, float]
    tracks: Collection[int]


@dataclass(frozen=True, slots=True)
class BareState:
    """What the frames so far say of one track in one zone; times on the monotonic clock.

    began_s: when it was first bare. confidence: of the last vote for that. recent: whether it was bare, and when, of
    the last frames. clear_s: since when it is not, None while the last frames do not say so. told_s: when the alarm was
    told last, None before it is one. repeats: how often it was told again.
    """

    began_s: float
    confidence: float
    recent: tuple[tuple[float, bool], ...] = ()
    clear_s: float | None = None
    told_s: float | None = None
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """Something to tell of an alarm; see `AlarmFacts`. state: of its track in its zone, the last one."""

    kind: Literal["alarm_on", "alarm_repeat", "alarm_off"]
    track: int
    zone: str
    state: BareState
    why_ended: WhyEnded | None = None


States = Mapping[Key, BareState]
"""Of one camera."""


def step(states: States, seen: SeenFrame, rules: AlarmRules) -> tuple[dict[Key, BareState], list[AlarmChange]]:
    """The states after one more frame, and what has changed, by track and zone. Frames come in the order of time.

    States are kept of tracks that are remembered, and only from when one is bare until it is clear.
    """
    after: dict[Key, BareState] = {}
    changes = []
    for key in sorted(states.keys() | seen.bare.keys()):
        state, change = _step(key, states.get(key), seen, rules)
        if state:
            after[key] = state
        if change:
            changes.append(change)
    return after, changes


def _step(
    key: Key, before: BareState | None, seen: SeenFrame, rules: AlarmRules
) -> tuple[BareState | None, AlarmChange | None]:
    if key[0] not in seen.tracks:
        return None, _off(key, before, "left")
    confidence, at_s = seen.bare.get(key), seen.at_s
    state = _looked(before or BareState(at_s, 0.0), confidence, at_s, rules)
    if confidence is None:
        is_clear = state.clear_s is not None and at_s - state.clear_s >= rules.off.seconds
        return (None, _off(key, state, "covered")) if is_clear else (state, None)
    if state.told_s is None:
        if not _is_steady(state, at_s, rules.on):
            return state, None
        state = replace(state, told_s=at_s)
        return state, AlarmChange("alarm_on", *key, state)
    if at_s - state.told_s < rules.repeat_s:
        return state, None
    state = replace(state, told_s=at_s, repeats=state.repeats + 1)
    return state, AlarmChange("alarm_repeat", *key, state)


def _looked(state: BareState, confidence: float | None, at_s: float, rules: AlarmRules) -> BareState:
    """The state after one more frame; confidence: of a bare head, None where it is not one."""
    frames = max(rules.on.of, rules.off.of)
    recent = (*state.recent, (at_s, confidence is not None))[-frames:]
    clear = [seen_s for seen_s, bare in recent[-rules.off.of :] if not bare]
    clear_s = (clear[0] if state.clear_s is None else state.clear_s) if len(clear) >= rules.off.frames else None
    confidence = state.confidence if confidence is None else confidence
    return replace(state, confidence=confidence, recent=recent, clear_s=clear_s)


def _is_steady(state: BareState, at_s: float, on: Steady) -> bool:
    return at_s - state.began_s >= on.seconds and sum(bare for _, bare in state.recent[-on.of :]) >= on.frames


def _off(key: Key, state: BareState | None, why: WhyEnded) -> AlarmChange | None:
    return AlarmChange("alarm_off", *key, state, why) if state and state.told_s is not None else None
