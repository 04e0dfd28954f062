"""Made-up teachers: a fields network that sees a person wherever something is green, a top-down one that always answers
the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openvino as ov
import openvino.opset13 as ops
from numpy.typing import NDArray

from pose.estimation.decode import Grouping
from pose.estimation.decoder import FieldDecoder
from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import fit_head
from pose.estimation.model import Model
from pose.fields import FieldSpec, encode
from pose.label.top_down import TopDown, read_top_down
from pose.skeleton import Person, to_coco
from tests.pose.people import standing

SPEC = FieldSpec(("fields",), 4, tuple(range(18)), tuple((18 + 2 * i, 19 + 2 * i) for i in range(19)))
HEIGHT = 192
SIDE = 64  # pixels of the top-down network's input
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeesGreen:
    """Answers the fields of a standing person in each green box, the fainter the darker the green."""

    precision: str = "f32"

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.stack([self._fields(picture) for picture in batch])

    def _fields(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        fields = np.zeros((SPEC.channels, picture.shape[0] // 4, picture.shape[1] // 4), np.float32)
        green = ((picture[..., 1] > 60) & (picture[..., 0] < 30)).astype(np.uint8)
        for left, top, width, height, _ in cv2.connectedComponentsWithStats(green)[2][1:]:
            unit, faint = height / 8.2, picture[top + height // 2, left + width // 2, 1] / 255
            person = standing(left + width / 2, top + 1.2 * unit, unit)
            fields += faint * encode([person], SPEC, height=picture.shape[0], width=picture.shape[1])
        return fields


def green_seer() -> Estimator:
    grouping = Grouping(0, 0.1, 0.05, 0.8, 3, 3, 0.05)
    return Estimator(Model("green", "0", Path(), "", FieldDecoder(SPEC, grouping), None, {}), SeesGreen(), HEIGHT)


def scene(*people: tuple[float, float, float]) -> NDArray[np.uint8]:
    """A black picture of 320x192 with a green box for each person: x and y of the neck, brightness; 82 pixels high."""
    picture = np.zeros((HEIGHT, 320, 3), np.uint8)
    for x, y, bright in people:
        cv2.rectangle(
            picture, (round(x - 13), round(y - 12)), (round(x + 13), round(y + 70)), (0, round(255 * bright), 0), -1
        )
    return picture


def person_at(x: float, y: float) -> Floats:
    """(17, 3): the person of a scene."""
    return to_coco(standing(x, y, 10)).astype(float)


def head_at(x: float, y: float) -> list[float]:
    """The box around this person's head."""
    head = fit_head(Person(standing(x, y, 10), 1.0))
    assert head is not None
    return [head.x - head.size / 2, head.y - head.size / 2, head.size, head.size]


def save_top_down(folder: Path, answer: Any, **changed: object) -> Path:
    """A tiny network and its description; answer: (1, 3, 64, 64) -> the network's output. The description's path."""
    picture = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="picture")
    ov.save_model(ov.Model([answer(picture)], [picture], "tiny"), folder / "tiny.xml", compress_to_fp16=False)
    described = {
        "name": "tiny",
        "version": "1",
        "network": "tiny.xml",
        "sha256": hashlib.sha256((folder / "tiny.xml").read_bytes()).hexdigest(),
        "input": {"width": SIDE, "height": SIDE, "colours": "RGB", "mean": [0, 0, 0], "scale": [255, 255, 255]},
        "output": "heatmaps",
        **changed,
    }
    (folder / "tiny.json").write_text(json.dumps(described))
    return folder / "tiny.json"


def always(folder: Path, keypoints: Floats) -> Path:
    """The description of a network that answers these (17, 3), x and y from 0 to 1 across its window, to anything."""

    def answer(picture: Any) -> Any:
        nothing = ops.reduce_sum(ops.multiply(picture, np.float32(0)), [0, 1, 2, 3])
        return ops.add(ops.constant(keypoints[None].astype(np.float32)), nothing)

    return save_top_down(folder, answer, output="keypoints")


def upright(confidence: float, right: float = 0.0) -> Floats:
    """(17, 3) of a standing person where one is in a window around one of a scene, or so much of its width beside."""
    keypoints = person_at(0, 12)
    keypoints[:, :2] = keypoints[:, :2] / 124 + (0.5 + right, 0.203)
    keypoints[:, 2] = confidence
    return keypoints


def top_down(folder: Path, keypoints: Floats) -> TopDown:
    return TopDown(read_top_down(always(folder, keypoints)), 1)
