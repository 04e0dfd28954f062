"""Made-up moving pictures of real skeletons: people of labelled pictures walk about, and a poor detector sees them.

Everything is seeded; the same seed walks the same paths at every frame rate. Lengths are in metres until they are drawn
in a picture of 1280 x 720 pixels, whose camera looks down on a floor: who stands lower is nearer and larger.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.data.labels import HUMAN
from pose.data.shards import read_shard
from pose.skeleton import HEAD_KEYPOINTS, KEYPOINTS, LEFT_HIP, NECK, RIGHT_HIP, HeadPeak, Person, from_coco
from pose.tracking.matching import SPREADS

Array = NDArray[np.float64]

WIDTH: Final = 1280  # pixels
HEIGHT: Final = 720
FINEST: Final = 30  # frames a second
SECONDS: Final = 60
PEOPLE: Final = 10
TORSO_M: Final = 0.5  # from the middle of the shoulders to that of the hips
HEAD_M: Final = 0.23  # from chin to crown
ABSENT_S: Final = 2.0  # who stays out of the picture for longer is somebody new
# The detector: as likely as on hard pictures, so that trackers differ.
KEYPOINT_MISSED: Final = 0.15
HEAD_MISSED: Final = 0.15
HEAD_ALONE: Final = 0.08
DROPPED: Final = 0.1  # of the time, for half a second in the mean
DROP_S: Final = 0.5
BEHIND: Final = 0.35  # overlap from which somebody behind is mostly not seen
SEEN_BEHIND: Final = 0.2
GHOST_PLACES: Final = 3  # things that look like a head, each in a fifth of the frames
GHOST_SEEN: Final = 0.2
# Of keypoints, as standard deviations in sizes: how far people who label disagree, by COCO.
NOISE: Final = SPREADS[:18] / 2
# How far limbs swing to the side in a step, in metres; the other leg and arm swing the other way.
SWING: Final = {"right_ankle": 0.25, "right_knee": 0.12, "left_wrist": 0.15, "left_elbow": 0.07} | {
    "left_ankle": -0.25, "left_knee": -0.12, "right_wrist": -0.15, "right_elbow": -0.07
}  # fmt: skip
SWINGS: Final = np.array([SWING.get(name, 0.0) for name in KEYPOINTS])


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One frame. truth: who is in the picture. seen: who is found there, in any order."""

    at_s: float
    truth: tuple[int, ...]
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Somebody found. owner: who it is, -1 for a ghost. clean: the keypoints without noise, (18, 3)."""

    person: Person
    owner: int
    clean: NDArray[np.float32]


def skeletons(shard: Path) -> list[Array]:
    """Labelled people with a whole torso, (18, 3): x, y in metres from the middle of the hips, and 1 where labelled."""
    found = []
    for picture in read_shard(shard):
        for person in picture.labels.people:
            points = from_coco(np.array(person.keypoints, np.float32)).astype(float)
            if person.source == HUMAN and points[[NECK, RIGHT_HIP, LEFT_HIP], 2].all() and points[:, 2].sum() >= 8:
                hips = points[[RIGHT_HIP, LEFT_HIP], :2].mean(axis=0)
                scale = TORSO_M / max(float(np.linalg.norm(points[NECK, :2] - hips)), 1.0)
                points[:, :2] = (points[:, :2] - hips) * scale
                points[:, 2] = points[:, 2] > 0
                if 0.8 <= np.ptp(points[points[:, 2] > 0, 1]) <= 2.2:
                    found.append(points)
    return found


def scene(shapes: Sequence[Array], rate: float, seed: int) -> Iterator[Moment]:
    """A minute of people who walk, stop, turn, cross and leave; shapes: see `skeletons`."""
    walks = np.random.default_rng(seed)
    bodies = [shapes[each] for each in walks.choice(len(shapes), PEOPLE, replace=False)]
    ways = [_way(walks) for _ in bodies]
    cast = _Cast(bodies, np.array(ways), _identities(ways), walks.uniform((0, 0), (WIDTH, HEIGHT), (GHOST_PLACES, 2)))
    random = np.random.default_rng((seed, round(rate * 1000)))
    dropped = np.zeros(PEOPLE, bool)
    for number in range(round(SECONDS * rate)):
        step = min(round(number * FINEST / rate), SECONDS * FINEST - 1)
        renewed = random.random(PEOPLE) < 1 - np.exp(-1 / (rate * DROP_S))
        dropped = np.where(renewed, random.random(PEOPLE) < DROPPED, dropped)
        seen = [*_people(cast, step, dropped, random), *_ghosts(cast, random)]
        truth = tuple(cast.ids[cast.ids[:, step] >= 0, step].tolist())
        yield Moment(number / rate, truth, tuple(seen[place] for place in random.permutation(len(seen))))


@dataclass(frozen=True, slots=True, eq=False)
class _Cast:
    """Who plays, at each step of a thirtieth of a second.

    bodies: (18, 3) each, see `skeletons`. ways: (people, steps, 2), of their hips, in pixels. ids: (people, steps), who
    is in the picture, -1 for nobody. ghosts: (n, 2), where they are, in pixels.
    """

    bodies: Sequence[Array]
    ways: Array
    ids: NDArray[np.int64]
    ghosts: Array


def _way(random: np.random.Generator) -> Array:
    """(steps, 2): from place to place, with stops."""
    places: list[Array] = []
    here = random.uniform((0, 250), (WIDTH, 600))
    while len(places) < SECONDS * FINEST:
        there = random.uniform((-250, 250), (WIDTH + 250, 600))
        metre = _metre(float(here[1]))
        metres = float(np.hypot((there[0] - here[0]) / metre, (there[1] - here[1]) / (0.4 * metre)))
        steps = max(1, round(metres / random.uniform(0.6, 1.8) * FINEST))
        places += list(np.linspace(here, there, steps, endpoint=False))
        places += [there] * int(random.choice([0, random.uniform(0, 4)]) * FINEST)
        here = there
    return _without_corners(np.array(places[: SECONDS * FINEST]), FINEST // 2)


def _without_corners(line: Array, width: int) -> Array:
    """The mean of so many places around each of a line's, (n, 2): nobody turns at once."""
    sums = np.cumsum(np.pad(line, ((width, width), (0, 0)), mode="edge"), axis=0)
    smooth: Array = (sums[width:] - sums[:-width])[: len(line)] / width
    return smooth


def _metre(y: float) -> float:
    """In pixels, of somebody whose hips are at this height of the picture."""
    return 40 + (y - 250) * 0.25


def _identities(ways: Sequence[Array]) -> NDArray[np.int64]:
    """(people, steps): who is in the picture, -1 for nobody; who comes back after `ABSENT_S` is somebody new."""
    ids = np.full((len(ways), SECONDS * FINEST), -1)
    following = 0
    for person, way in enumerate(ways):
        last = -math.inf
        for step in np.flatnonzero((way[:, 0] >= 0) & (way[:, 0] < WIDTH)).tolist():
            following += step - last > ABSENT_S * FINEST
            ids[person, step], last = following, step
    return ids


def _people(cast: _Cast, step: int, dropped: NDArray[np.bool_], random: np.random.Generator) -> Iterator[Seen]:
    drawn = [_drawn(body, way, step) for body, way in zip(cast.bodies, cast.ways, strict=True)]
    boxes = np.array([[*_seen(each).min(axis=0), *_seen(each).max(axis=0)] for each in drawn])
    for place, points in enumerate(drawn):
        y = float(cast.ways[place, step, 1])
        hidden = _is_behind(boxes[place], boxes[cast.ways[:, step, 1] > y]) and random.random() >= SEEN_BEHIND
        if cast.ids[place, step] >= 0 and not dropped[place] and not hidden:
            yield Seen(_detected(points, _metre(y), random), int(cast.ids[place, step]), points.astype(np.float32))


def _ghosts(cast: _Cast, random: np.random.Generator) -> Iterator[Seen]:
    nothing = np.zeros((18, 3), np.float32)
    for ghost in cast.ghosts[random.random(GHOST_PLACES) < GHOST_SEEN]:
        x, y = (ghost + random.normal(0, 2, 2)).tolist()
        yield Seen(Person(nothing, 0.3, HeadPeak(x, y, 20, 0.5, 0.4)), -1, nothing)


def _drawn(body: Array, way: Array, step: int) -> Array:
    """(18, 3): the body in pixels, in its step."""
    points = body.copy()
    metre = _metre(way[step, 1])
    pace = np.linalg.norm(way[min(step + 1, len(way) - 1)] - way[step]) * FINEST / metre
    points[:, 0] += SWINGS * min(float(pace), 1.0) * np.sin(2 * np.pi * step / FINEST)
    points[:, :2] = points[:, :2] * metre + way[step]
    return points


def _seen(points: Array) -> Array:
    return points[points[:, 2] > 0, :2]


def _is_behind(box: Array, nearer: Array) -> bool:
    """Whether one of the nearer people's boxes, (n, 4), hides enough of a box: left, top, right, bottom."""
    shared = np.minimum(box[2:], nearer[:, 2:]) - np.maximum(box[:2], nearer[:, :2])
    return bool((np.maximum(shared, 0).prod(axis=1) > BEHIND * (box[2:] - box[:2]).prod()).any())


def _detected(points: Array, metre: float, random: np.random.Generator) -> Person:
    """What a detector makes of a body: some keypoints, a head peak, or a head alone."""
    face = points[list(HEAD_KEYPOINTS)]
    head = _seen(face).mean(axis=0) if face[:, 2].any() else points[NECK, :2] - (0, 0.2 * metre)
    x, y = (head + random.normal(0, 0.03 * metre, 2)).tolist()
    peak = HeadPeak(x, y, 1.2 * HEAD_M * metre * random.normal(1, 0.1), 0.9, 0.1)
    found = points.copy()
    found[:, :2] += random.normal(size=(18, 2)) * NOISE[:, None] * metre
    found[(random.random(18) < KEYPOINT_MISSED) | (points[:, 2] == 0)] = 0
    if random.random() < HEAD_ALONE or not found[:, 2].any():
        return Person(np.zeros((18, 3), np.float32), 0.6, peak)
    return Person(found.astype(np.float32), 0.8, None if random.random() < HEAD_MISSED else peak)
