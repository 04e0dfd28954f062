"""What is wrong with a camera, from made-up frames; `benchmarks.camera_health` measures it on real ones."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from helmet_service.watch.frame_source import SourceState
from helmet_service.watch.health import Health
from helmet_service.watch.latch import Latch

LIVE = SourceState("live", None, 1, 0)
STEP_S = 5
Scene = Callable[[np.random.Generator], NDArray[np.uint8]]


def scene(seed: int, light: float = 1.0, noise: float = 2.0) -> Scene:
    """Boxes of many sizes and greys, with a camera's noise."""
    places = np.random.default_rng(seed)
    pixels = np.full((72, 128, 3), 120.0)
    for _ in range(60):
        top, left = places.integers(0, 64), places.integers(0, 120)
        height, width = places.integers(3, 24, 2)
        pixels[top : top + height, left : left + width] = places.integers(0, 255)
    return lambda rng: np.clip(light * pixels + rng.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)


def hidden(seen: Scene, by: Scene) -> Scene:
    """The left half is another scene."""

    def half(rng: np.random.Generator) -> NDArray[np.uint8]:
        pixels = seen(rng)
        pixels[:, :64] = by(rng)[:, :64]
        return pixels

    return half


def still(seen: Scene) -> Scene:
    """Without new noise."""
    return lambda _: seen(np.random.default_rng(5))


def defocused(seen: Scene) -> Scene:
    return lambda rng: cv2.GaussianBlur(seen(rng), (0, 0), 5).astype(np.uint8, copy=False)


def panned(seen: Scene) -> Scene:
    """Moved by a third of the width."""
    return lambda rng: np.roll(seen(rng), 43, axis=1)


def told(*shown: tuple[Scene | None, int]) -> list[tuple[str | None, int]]:
    """What is told and from which second on; shown: scenes (None: no frame comes), each for so many seconds."""
    health, rng, second = Health(1 / STEP_S), np.random.default_rng(0), 0
    changes: list[tuple[str | None, int]] = [(None, 0)]
    for seen, seconds in shown:
        for _ in range(0, seconds, STEP_S):
            trouble = health.step(seen(rng) if seen else None, float(second), LIVE)
            if trouble != changes[-1][0]:
                changes.append((trouble, second))
            second += STEP_S
    return changes[1:]


HERE, THERE = scene(1), scene(2)
LENS_COVERED = scene(1, light=0.02)
NIGHT = scene(1, light=0.2, noise=5.0)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([(HERE, 60)], []),
        ([(HERE, 50), (None, 20), (HERE, 50)], []),  # a pause
        ([(None, 30), (HERE, 20)], [("unreachable", 25), (None, 40)]),
        ([(HERE, 50), (None, 50), (HERE, 20)], [("unreachable", 70), (None, 110)]),
        ([(HERE, 50), (still(HERE), 100), (HERE, 50)], [("frozen", 100), (None, 160)]),
        ([(HERE, 50), (LENS_COVERED, 50), (HERE, 50)], [("black", 60), (None, 110)]),
        ([(HERE, 50), (NIGHT, 200), (HERE, 100)], []),
        ([(HERE, 50), (hidden(HERE, THERE), 200), (HERE, 50)], []),  # a truck that stays
        ([(HERE, 50), (THERE, 60), (HERE, 60)], []),  # moved, and moved back
        ([(HERE, 50), (panned(HERE), 120), (HERE, 50)], [("turned", 140), (None, 180)]),
        ([(HERE, 50), (defocused(HERE), 900)], [("turned", 140)]),
        ([(HERE, 50), (THERE, 500), (HERE, 120)], [("turned", 140), (None, 450), ("turned", 640)]),  # the new usual one
    ],
)
def test_each_trouble_begins_and_ends_once(shown: list[tuple[Scene | None, int]], expected: list[tuple[str, int]]):
    assert told(*shown) == expected


def test_a_file_that_was_played_is_no_camera_that_is_silent():
    health = Health(1.0)
    assert [health.step(None, float(at_s), SourceState("ended", None, 9, 0)) for at_s in range(60)] == [None] * 60


def test_a_camera_of_few_frames_may_be_silent_for_longer():
    health = Health(0.1)
    seen = [health.step(None, float(at_s), LIVE) for at_s in range(55)]
    assert seen.index("unreachable") == 50


def test_a_latch_turns_after_its_seconds_and_its_steps_without_a_break():
    latch = Latch(on_s=2.0, on_steps=2, off_s=0.0, off_steps=2)
    seen = [(0, True), (1, True), (1.5, False), (2, True), (4, True), (5, False), (6, True), (7, False), (8, False)]
    stood = []
    for at_s, is_seen in seen:
        latch.step(at_s, seen=is_seen)
        stood.append(latch.is_on)
    assert stood == [False, False, False, False, True, True, True, True, False]
