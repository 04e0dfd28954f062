"""What never moves: places of one camera where people are found, and where the picture stays the same.

A ghost, a pipe joint say, is found in some frames and not in others, but its place always looks the same. Somebody who
arrived does not look as the place did before, and nobody stands so still that the place looks the same for long. What
was weighed: docs/decisions/0013-what-never-moves.md.
"""

from __future__ import annotations

import base64
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.judge import Verdict
from helmet_service.verdicts.patches import CELLS, Array, Grey, around, correlations, cut
from helmet_service.verdicts.watching import Watched


@dataclass(frozen=True, slots=True)
class StillRules:
    """When a place is one that never moves; measured by `python -m benchmarks.still` (docs/measured/still.md).

    snapshot_s: how often a picture is kept to compare with, in seconds. snapshots: how many; before there are so many,
    nothing is learned from pictures alone.
    same: the correlation from which two patches are the same.
    least_same: the share of the snapshots in which a patch must be the same; the others may show passers-by.
    strong: the evidence of a head from which it alarms all the same, but where an operator said that nobody is there.
    side: of a patch, in head sizes; most of it is the head, so that a head that comes up behind a wall is seen.
    moved: how far a head moves before it counts as moved, in its sizes. moved_s: how long it does, in seconds.
    near, alike: how far the heads of one place are apart, in the place's head sizes, and the largest ratio of sizes.
    looks: how many different patches a place may have, by day and by night. places: how many are remembered.
    """

    snapshot_s: float = 60.0
    snapshots: int = 20
    same: float = 0.95
    least_same: float = 0.8
    strong: float = 0.95
    side: float = 1.5
    moved: float = 1.0
    moved_s: float = 60.0
    near: float = 0.5
    alike: float = 1.5
    looks: int = 4
    places: int = 50


STILL: Final = StillRules()


@dataclass(frozen=True, slots=True)
class StillPlace:
    """A place that never moves.

    head: the box of the head that is found there, in shares of the picture's width and height. known_s: for how long it
    is known, in seconds in which the camera was watched. seen: in how many frames somebody was held back there. taught:
    whether an operator said that nobody is there.
    """

    head: Box
    known_s: float = 0.0
    seen: int = 0
    taught: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A place and how it looks: (n, CELLS, CELLS) grey levels, the latest look at the end."""

    place: StillPlace
    looks: Array


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a track's head was when it last moved, in pixels; when that was, and when it was seen, in seconds."""

    x: float
    y: float
    moved_s: float
    seen_s: float


class StillMemory:
    """Remembers the places of one camera that never move, and for a while how its picture looked."""

    def __init__(self, rules: StillRules = STILL) -> None:
        self._rules = rules
        self._snapshots: deque[Grey] = deque(maxlen=rules.snapshots)
        self._snapshot_s = -math.inf
        self._now: Grey | None = None
        self._at_s: float | None = None
        self._ways: dict[int, _Way] = {}
        self._known: list[_Known] = []

    def step(self, watched: Watched, thumbnail: Grey, size: tuple[int, int]) -> frozenset[int]:
        """The tracks of the next frame that must not alarm now.

        thumbnail: the frame in grey, (h, w) uint8; it is kept. size: the frame's width and height in pixels.
        """
        self._look(thumbnail, watched.at_s)
        still = set()
        for voted, verdict in zip(watched.voted, watched.judged.judgement.people, strict=True):
            moved = self._has_moved(voted.track, verdict, watched.at_s)
            if voted.status == "no_helmet" and not moved and self._holds_back(verdict, size):
                still.add(voted.track)
        return frozenset(still)

    def places(self) -> tuple[StillPlace, ...]:
        """The places that never move, the one seen last at the end."""
        return tuple(each.place for each in self._known)

    def forget(self) -> None:
        """Forget everything: the camera looks somewhere else now."""
        self._snapshots.clear()
        self._snapshot_s = -math.inf
        self._now = None
        self._known.clear()

    def false_alarm(self, head: Box) -> None:
        """Somebody saw that nobody is there: the place, as it looks now, alarms no more.

        head: its box, see `head_box`. Before the first frame nothing is learned.
        """
        if self._now is not None:
            self._learn(head, taught=True)

    def to_json(self) -> dict[str, Any]:
        """The places as plain values, for `from_json`; at most 100 kB of text."""
        return {"places": [_place_json(each) for each in self._known]}

    @classmethod
    def from_json(cls, said: Mapping[str, Any], rules: StillRules = STILL) -> StillMemory:
        """A memory that knows these places; LookupError, TypeError, ValueError or OverflowError where `to_json` did
        not write them.
        """
        memory = cls(rules)
        memory._known = [_known(each) for each in said["places"]][-rules.places :]
        return memory

    def _look(self, thumbnail: Grey, at_s: float) -> None:
        wait = 0.0 if self._at_s is None else min(at_s - self._at_s, self._rules.snapshot_s)  # not the hours of a pause
        self._now, self._at_s = thumbnail, at_s
        self._known = [
            replace(each, place=replace(each.place, known_s=each.place.known_s + wait)) for each in self._known
        ]
        if self._snapshots and self._snapshots[0].shape != thumbnail.shape:
            self._snapshots.clear()
        if at_s - self._snapshot_s >= self._rules.snapshot_s:
            self._snapshots.append(thumbnail)
            self._snapshot_s = at_s
        kept_s = self._rules.moved_s
        self._ways = {track: way for track, way in self._ways.items() if at_s - way.seen_s <= kept_s}

    def _has_moved(self, track: int, verdict: Verdict, at_s: float) -> bool:
        """Whether the track's head moved a moment ago; True without a head."""
        head = verdict.head
        if head is None:
            return True
        way = self._ways.get(track, _Way(head.x, head.y, -math.inf, at_s))
        if math.hypot(head.x - way.x, head.y - way.y) > self._rules.moved * head.size:
            way = _Way(head.x, head.y, at_s, at_s)
        self._ways[track] = replace(way, seen_s=at_s)
        return at_s - way.moved_s <= self._rules.moved_s

    def _holds_back(self, verdict: Verdict, size: tuple[int, int]) -> bool:
        """Whether the head is at a place that never moves, as it always looked; remembers the place."""
        found = verdict.head
        if found is None:
            return False
        head = head_box(found.x, found.y, found.size, size)
        is_weak = found.confidence < self._rules.strong
        known = self._near(head)
        if known is not None and (is_weak or known.place.taught) and self._shows(known):
            self._put(replace(known, place=replace(known.place, seen=known.place.seen + 1)), known)
            return True
        if is_weak and self._never_changed(head):
            self._learn(head, taught=False)
            return True
        return False

    def _shows(self, known: _Known) -> bool:
        """Whether the place looks as it did."""
        patch = self._patch(known.place.head)
        return patch is not None and bool((correlations(known.looks, patch) >= self._rules.same).any())

    def _never_changed(self, head: Box) -> bool:
        """Whether the head's patch is the same in nearly all snapshots."""
        patch = self._patch(head)
        if patch is None or len(self._snapshots) < self._rules.snapshots:
            return False
        before = cut(self._snapshots, around(head, self._rules.side))
        same = before is not None and correlations(before, patch) >= self._rules.same
        return bool(np.mean(same) >= self._rules.least_same)

    def _patch(self, head: Box) -> Array | None:
        """(CELLS, CELLS), of the last frame."""
        patches = None if self._now is None else cut([self._now], around(head, self._rules.side))
        return None if patches is None else patches[0]

    def _learn(self, head: Box, *, taught: bool) -> None:
        """Remember the place and its look, or another look of a place that is known."""
        old = self._near(head)
        place = replace(old.place if old else StillPlace(head), taught=taught or bool(old and old.place.taught))
        patch = self._patch(place.head)
        if patch is not None:
            looks = patch[None] if old is None else np.concatenate([old.looks, patch[None]])[-self._rules.looks :]
            self._put(_Known(replace(place, seen=place.seen + (not taught)), looks), old)

    def _put(self, known: _Known, old: _Known | None) -> None:
        """Put a place at the end, in the place of what was known of it; the one that was seen longest ago may go."""
        others = [each for each in self._known if each is not old]
        self._known = [*others, known][-self._rules.places :]

    def _near(self, head: Box) -> _Known | None:
        """The place of such a head, the nearest one."""
        apart = [(_apart(each.place.head, head), each) for each in self._known if self._is_alike(each.place.head, head)]
        best = min(apart, key=lambda pair: pair[0], default=None)
        return best[1] if best and best[0] <= self._rules.near else None

    def _is_alike(self, place: Box, head: Box) -> bool:
        return 1 / self._rules.alike <= head.height / place.height <= self._rules.alike


def head_box(x: float, y: float, size: float, frame: tuple[int, int]) -> Box:
    """The square around a head, in shares of its frame's width and height.

    x, y: its centre; size: its length; frame: width and height; all in pixels.
    """
    width, height = size / frame[0], size / frame[1]
    return Box(x / frame[0] - width / 2, y / frame[1] - height / 2, width, height)


def _apart(place: Box, head: Box) -> float:
    """From middle to middle, in sizes of the first."""
    (x, y), (other_x, other_y) = place.centre, head.centre
    return math.hypot((x - other_x) / place.width, (y - other_y) / place.height)


def _place_json(known: _Known) -> dict[str, Any]:
    place, head = known.place, known.place.head
    return {
        "head": [head.left, head.top, head.width, head.height],
        "known_s": place.known_s,
        "seen": place.seen,
        "taught": place.taught,
        "looks": [base64.b64encode(look.round().astype(np.uint8).tobytes()).decode() for look in known.looks],
    }


def _known(said: Mapping[str, Any]) -> _Known:
    left, top, width, height = (float(each) for each in said["head"])
    place = StillPlace(Box(left, top, width, height), float(said["known_s"]), int(said["seen"]), bool(said["taught"]))
    if not said["looks"] or min(width, height) <= 0 or not all(map(math.isfinite, (*place.head.edges, place.known_s))):
        raise ValueError(f"expected a place with a size and a look, got {said['head']} with {len(said['looks'])}")
    looks = [np.frombuffer(base64.b64decode(look), np.uint8).reshape(CELLS, CELLS) for look in said["looks"]]
    return _Known(place, np.array(looks, float))
