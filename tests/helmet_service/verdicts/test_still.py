"""What never moves: a ghost before an unchanged wall, and people in front of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Status, Verdict
from helmet_service.verdicts.still import STILL, StillMemory
from helmet_service.verdicts.watching import Voted, Watched
from pose.estimation.head_frames import HeadFrame

SIZE = (1280, 720)
WALL = np.kron(np.random.default_rng(0).integers(40, 200, (72, 128)), np.ones((3, 3))).astype(np.uint8)
CLOTH = np.kron(np.random.default_rng(1).integers(0, 256, (72, 128)), np.ones((3, 3))).astype(np.uint8)
HOUR = 3600


@dataclass(frozen=True)
class Seen:
    """Somebody found; x, y, size: of the head in pixels."""

    x: float = 600
    y: float = 300
    size: float = 40
    evidence: float = 0.8
    track: int = 1
    status: Status = "no_helmet"


GHOST = Seen()


def frame(at_s: float, seen: Iterable[Seen]) -> Watched:
    voted, verdicts = [], []
    for place, each in enumerate(seen):
        head = HeadFrame(each.x, each.y, each.size, (0, -1), each.evidence)
        verdicts.append(Verdict(place, each.status, "bare_head", 0.9, None, Box(0, 0, 1, 1), 0.0, head))
        voted.append(Voted(each.track, each.status, 0.9, at_s, 5))
    return Watched(at_s, JudgedCase((), Judgement(tuple(verdicts), ())), tuple(voted))


def picture(*people: Seen, noise: float = 0, seed: int = 0, light: float = 1.0) -> np.ndarray:
    """The wall as a thumbnail, with people before it."""
    grey = WALL.astype(float)
    for each in people:
        left, top, side = (round(0.3 * value) for value in (each.x - each.size, each.y - each.size, 2 * each.size))
        rows, columns = slice(max(top, 0), top + side), slice(max(left, 0), left + side)
        grey[rows, columns] = CLOTH[: grey[rows, columns].shape[0], : grey[rows, columns].shape[1]]
    grey = light * grey + np.random.default_rng(seed).normal(0, noise, grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


EMPTY = picture()


def watched_for(seconds: float, seen: Sequence[Seen] = (), *, shown: np.ndarray = EMPTY, every: float = 60.0):
    """A memory that saw this for so long."""
    memory = StillMemory()
    for at_s in np.arange(0, seconds, every):
        memory.step(frame(float(at_s), seen), shown, SIZE)
    return memory


def held(memory: StillMemory, at_s: float, *seen: Seen, shown: np.ndarray = EMPTY) -> frozenset[int]:
    return memory.step(frame(at_s, seen), shown, SIZE)


@pytest.mark.parametrize(
    ("seen", "shown", "is_held"),
    [
        pytest.param(GHOST, EMPTY, True, id="a ghost before an unchanged wall, the first time it is found"),
        pytest.param(GHOST, picture(noise=6), True, id="in noise"),
        pytest.param(GHOST, picture(light=0.6), True, id="in less light"),
        pytest.param(GHOST, picture(GHOST), False, id="somebody where nobody was"),
        pytest.param(GHOST, picture(GHOST, noise=6, light=0.6), False, id="somebody, in noise and less light"),
        pytest.param(replace(GHOST, size=12), picture(replace(GHOST, size=12)), False, id="somebody far away"),
        pytest.param(replace(GHOST, evidence=0.96), EMPTY, False, id="whom the network sees clearly"),
        pytest.param(replace(GHOST, x=2, y=2), EMPTY, True, id="a ghost in the corner"),
        pytest.param(replace(GHOST, x=-90), EMPTY, False, id="a head outside the picture"),
        pytest.param(replace(GHOST, status="helmet"), EMPTY, False, id="a helmet, which does not alarm"),
        pytest.param(GHOST, np.full_like(EMPTY, 90), False, id="a picture without contrast, which shows nothing"),
        pytest.param(GHOST, EMPTY[:-24], False, id="a picture of another size"),
    ],
)
def test_who_is_held_back_after_an_hour_of_an_empty_place(seen, shown, is_held):
    assert held(watched_for(HOUR), HOUR, seen, shown=shown) == ({seen.track} if is_held else frozenset())


@pytest.mark.parametrize(("minutes", "is_held"), [(18, False), (21, True)])
def test_what_was_there_from_the_beginning_alarms_until_the_snapshots_are_full(minutes, is_held):
    memory = watched_for(60 * minutes, [GHOST], every=10)
    assert held(memory, 60 * minutes, GHOST) == ({1} if is_held else frozenset())


def test_somebody_who_stands_like_a_post_for_ten_minutes_alarms_all_the_time():
    memory, standing = watched_for(HOUR), picture(GHOST)
    assert not any(held(memory, HOUR + second, GHOST, shown=standing) for second in range(0, 601, 5))


def test_somebody_before_a_known_ghost_alarms_and_the_ghost_does_not_again():
    memory = watched_for(2 * HOUR, [GHOST])
    assert held(memory, 2 * HOUR, GHOST) == {1}
    standing = picture(GHOST)
    assert not any(held(memory, 2 * HOUR + second, GHOST, shown=standing) for second in range(1, 601, 5))
    assert held(memory, 2 * HOUR + 602, GHOST) == {1}


def test_passers_by_do_not_make_a_ghost_alarm():
    memory = StillMemory()
    for minute in range(60):
        memory.step(frame(60.0 * minute, ()), picture(*[GHOST] * (minute % 6 == 0)), SIZE)
    assert held(memory, HOUR, GHOST) == {1}


def test_a_place_has_looks_of_day_and_night():
    night = EMPTY[:, ::-1].copy()
    memory = watched_for(HOUR, [GHOST])
    for minute in range(40):
        held(memory, HOUR + 60 * minute, GHOST, shown=night)
    at_s = HOUR + 40 * 60
    assert [held(memory, at_s + second, GHOST, shown=shown) for second, shown in enumerate((EMPTY, night))] == [{1}] * 2


@settings(max_examples=20)
@given(st.floats(1.05, 6), st.floats(0, 6.3), st.integers(12, 60), st.integers(1, 30))
def test_a_moving_head_is_never_held_back(way, direction, size, every):
    """Even where the picture shows nothing of it."""
    memory = watched_for(HOUR, [replace(GHOST, size=size)])
    memory.step(frame(HOUR, [replace(GHOST, size=size, track=2)]), EMPTY, SIZE)
    for turn in range(1, 5):
        far = turn * way * size
        walker = Seen(600 + far * np.cos(direction), 300 + far * np.sin(direction), size, 0.5, 2)
        assert not held(memory, HOUR + turn * every, walker)


@settings(max_examples=5)
@given(st.permutations(range(4)))
def test_the_order_of_people_changes_nothing(order):
    people = [replace(GHOST, x=200 + 250 * place, track=place) for place in range(4)]
    shown = picture(people[2])
    memories = [watched_for(25 * 60, each) for each in (people, [people[place] for place in order])]
    both = [held(memory, 25 * 60, *[people[place] for place in order], shown=shown) for memory in memories]
    assert both == [{0, 1, 3}] * 2


def test_an_operator_teaches_a_place_at_once_whoever_is_seen_there():
    memory, poster = StillMemory(), replace(GHOST, evidence=0.99)
    assert not held(memory, 0, poster)
    memory.false_alarm(Box(580 / 1280, 280 / 720, 40 / 1280, 40 / 720))
    assert held(memory, 1, poster) == {1}
    assert not held(memory, 2, poster, shown=picture(poster))
    (place,) = memory.places()
    assert (place.taught, place.seen, place.known_s) == (True, 1, 2)


def test_before_the_first_frame_nothing_is_taught():
    memory = StillMemory()
    memory.false_alarm(Box(0.4, 0.4, 0.1, 0.1))
    assert memory.places() == ()


def test_a_turned_camera_knows_nothing():
    memory = watched_for(2 * HOUR, [GHOST])
    memory.forget()
    assert memory.places() == ()
    assert not held(memory, 2 * HOUR, GHOST)


def test_a_restarted_watch_knows_its_places_whatever_the_clock_says():
    before = watched_for(2 * HOUR, [GHOST])
    memory = StillMemory.from_json(json.loads(json.dumps(before.to_json())))
    assert memory.places() == before.places()
    assert held(memory, 5, GHOST) == {1}
    assert not held(memory, 6, GHOST, shown=picture(GHOST))


PLACE = {"head": [0.1, 0.1, 0.1, 0.1], "known_s": 0, "seen": 1, "taught": True, "looks": ["AAAA" * 85 + "AA=="]}


@pytest.mark.parametrize(
    "said",
    [
        *({}, {"places": [{}]}, {"places": [{"head": [0, 0]}]}, {"places": None}),
        {"places": [PLACE | {"looks": []}]},
        {"places": [PLACE | {"looks": ["AAAA"]}]},
        {"places": [PLACE | {"head": [0.1, 0.1, 0, 0.1]}]},
        {"places": [PLACE | {"head": [0.1, float("nan"), 0.1, 0.1]}]},
        {"places": [PLACE | {"seen": float("inf")}]},
    ],
)
def test_what_no_memory_wrote_is_refused(said):
    assert StillMemory.from_json({"places": [PLACE]}).places()
    with pytest.raises((LookupError, TypeError, ValueError, OverflowError)):
        StillMemory.from_json(said)


def test_most_places_and_the_looks_of_each_are_bounded():
    memory = StillMemory()
    random = np.random.default_rng(0)
    for turn in range(300):
        memory.step(frame(turn, ()), random.integers(0, 256, (90, 160), np.uint8), SIZE)
        x, y = (0.3, 0.3) if turn % 2 else random.random(2)
        memory.false_alarm(Box(x, y, 0.05, 0.05))
    assert len(memory.places()) == STILL.places
    assert len(json.dumps(memory.to_json())) < 100_000
