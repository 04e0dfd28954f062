"""The sample pictures are what their script makes, and their boxes lie in them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from samples.compose import main

ROOT = Path(__file__).parents[2]
SCENES = json.loads((ROOT / "samples" / "scenes.json").read_text())


@pytest.fixture(scope="module")
def remade(tmp_path_factory) -> Path:
    """A checkout in which the script has written its pictures afresh."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("samples", "model"):
        (folder / name).mkdir()
    main([str(folder)])
    return folder


@pytest.mark.parametrize("name", SCENES)
def test_pictures_have_their_size_and_are_small(name):
    path = ROOT / "samples" / name
    assert cv2.imread(str(path)).shape == (SCENES[name]["height"], SCENES[name]["width"], 3)
    assert path.stat().st_size < 200_000
    assert (ROOT / "samples" / "thumbnails" / name).stat().st_size < 15_000


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("what", ["head", "hat"])
def test_boxes_lie_in_the_picture(name, what):
    for person in SCENES[name]["people"]:
        box = person[what]
        assert box["left"] >= 0
        assert box["top"] >= 0
        assert box["width"] > 10
        assert box["height"] > 10
        assert box["left"] + box["width"] <= SCENES[name]["width"]
        assert box["top"] + box["height"] <= SCENES[name]["height"]


def test_the_script_makes_the_same_boxes_again(remade):
    assert json.loads((remade / "samples" / "scenes.json").read_text()) == SCENES


PICTURES = [f"samples/{folder}{name}" for name in SCENES for folder in ("", "thumbnails/")]


@pytest.mark.parametrize("name", [*PICTURES, "model/warmup.jpg"])
def test_the_script_makes_the_same_pictures_again(remade, name):
    """Cutting out depends a little on OpenCV's version: the same but for a few pixels along the edges."""
    ours, again = (cv2.imread(str(folder / name)).astype(int) for folder in (ROOT, remade))
    assert np.abs(ours - again).mean() < 1
