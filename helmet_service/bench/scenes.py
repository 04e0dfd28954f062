"""Labelled pictures as they are judged, in views that change pixels and labels together.

Random numbers are seeded by the picture's name: a picture always gives the same scene.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from helmet_service.bench.weather import dusk, glare, haze
from pose.data.labels import WHOLE_HEAD
from pose.data.shards import LabelledPicture

Boxes = NDArray[np.float64]

AS_IT_IS: Final = "as it is"
CANVAS: Final = (1920, 1080)
STEEPNESS: Final = 35.0  # degrees
SHIELD: Final = (0.6, 0.4)  # of a head's box: how far below its top a face shield's middle lies, and its radius
_GREY: Final = (114, 114, 114)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and its labels.

    pixels: (H, W, 3) uint8 BGR. heads: labelled head boxes, (n, 4) left, top, width, height in pixels. worn: which of
    them wear a helmet, (n,) bool. ignore: boxes of regions where nothing counts, (m, 4).
    """

    name: str
    pixels: NDArray[np.uint8]
    heads: Boxes
    worn: NDArray[np.bool_]
    ignore: Boxes


View = Callable[[Scene, np.random.Generator], Scene]


def labels_every_head(picture: LabelledPicture) -> bool:
    """Whether the labels box all heads, and as whole heads: else neither ghosts nor hats follow from them."""
    return picture.labels.heads_complete and picture.labels.boxes == WHOLE_HEAD


def scene_of(picture: LabelledPicture, unlabelled: Sequence[Sequence[float]] = ()) -> Scene:
    """The picture as it is; unlabelled: boxes of real heads without a label, which are ignored."""
    audited = np.array(unlabelled, float).reshape(-1, 4)
    ignore = np.concatenate([picture.ignore, audited])
    return Scene(picture.name, picture.pixels, picture.heads, picture.helmeted, ignore)


def seen_as(scene: Scene, view: str) -> Scene:
    """The scene in a view of `VIEWS`."""
    return VIEWS[view](scene, generator_of(scene, view))


def generator_of(scene: Scene, purpose: str) -> np.random.Generator:
    """Random numbers for one purpose in one picture."""
    return np.random.default_rng([0, zlib.crc32(f"{scene.name} {purpose}".encode())])


def rolled(degrees: float) -> View:
    """The camera turned about its axis: the canvas grows, in grey; heads' boxes keep their sizes."""

    def view(scene: Scene, generator: np.random.Generator) -> Scene:  # noqa: ARG001
        matrix, size = turn_of(scene, degrees)
        of_indices = matrix.copy()  # OpenCV counts from the first pixel's centre, we from its corner
        of_indices[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        pixels = cv2.warpAffine(scene.pixels, of_indices, size, borderValue=_GREY).astype(np.uint8, copy=False)
        heads = _moved(scene.heads, matrix, scene.heads[:, 2:])
        return replace(scene, pixels=pixels, heads=heads, ignore=covered(scene.ignore, matrix))

    return view


def turn_of(scene: Scene, degrees: float) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The (2, 3) matrix that turns the picture's points, and the width and height of the turned picture."""
    height, width = scene.pixels.shape[:2]
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), float)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = round(width * cosine + height * sine), round(width * sine + height * cosine)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return matrix, size


def covered(boxes: Boxes, matrix: Boxes) -> Boxes:
    """The upright boxes, (n, 4), that cover boxes turned by a (2, 3) matrix."""
    return _moved(boxes, matrix, boxes[:, 2:] @ np.abs(matrix[:, :2]).T)


def far_away(share: float) -> View:
    """The picture at this share of its size, somewhere on a large grey canvas."""

    def view(scene: Scene, generator: np.random.Generator) -> Scene:
        small = cv2.resize(scene.pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        height, width = small.shape[:2]
        left, top = (int(generator.integers(0, room + 1)) for room in (CANVAS[0] - width, CANVAS[1] - height))
        pixels = np.full((CANVAS[1], CANVAS[0], 3), _GREY, np.uint8)
        pixels[top : top + height, left : left + width] = small
        moved = (left, top, 0, 0)
        return replace(scene, pixels=pixels, heads=scene.heads * share + moved, ignore=scene.ignore * share + moved)

    return view


def seen_through(change: Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]) -> View:
    """The picture with other pixels and the same labels."""
    return lambda scene, generator: replace(scene, pixels=change(scene.pixels, generator))


def steeply_above(scene: Scene, generator: np.random.Generator) -> Scene:  # noqa: ARG001  a view
    """The picture's top leans towards the camera: large heads, short bodies; boxes grow with areas."""
    height, width = scene.pixels.shape[:2]
    lean = np.diag([1.0, np.cos(np.radians(STEEPNESS)), 1.0])
    lean[2, 1] = np.sin(np.radians(STEEPNESS)) / (1.5 * max(height, width))
    middle = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
    matrix = middle @ lean @ np.linalg.inv(middle)
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV counts from the first pixel's centre
    of_indices = np.linalg.inv(centre) @ matrix @ centre
    pixels = cv2.warpPerspective(scene.pixels, of_indices, (width, height), borderValue=_GREY)
    seen = replace(scene, pixels=pixels.astype(np.uint8, copy=False), ignore=_leaning(scene.ignore, matrix))
    return replace(seen, heads=_leaning(scene.heads, matrix))


def with_shields(scene: Scene, generator: np.random.Generator) -> Scene:  # noqa: ARG001  a view
    """A dark disc before the face of every labelled head, like a welding mask."""
    pixels = scene.pixels.copy()
    for left, top, width, height in scene.heads:
        middle = round(left + width / 2), round(top + SHIELD[0] * height)
        cv2.circle(pixels, middle, round(SHIELD[1] * max(width, height)), (30, 30, 30), cv2.FILLED)
    return replace(scene, pixels=pixels)


VIEWS: Final[dict[str, View]] = {
    AS_IT_IS: lambda scene, _: scene,
    "rolled by 15 degrees": rolled(15),
    "rolled by 45 degrees": rolled(45),
    "rolled by 90 degrees": rolled(90),
    "rolled by 180 degrees": rolled(180),
    "half the size on 1920x1080": far_away(0.5),
    "a quarter of the size on 1920x1080": far_away(0.25),
    "in haze": seen_through(haze),
    "at dusk": seen_through(dusk),
    "in glare": seen_through(glare),
    "from steeply above": steeply_above,
    "faces behind shields": with_shields,
}


def _leaning(boxes: Boxes, matrix: Boxes) -> Boxes:
    """Boxes moved by a (3, 3) matrix: it moves their centres, and their sides grow as the root of the area there."""
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    placed = centres @ matrix[:, :2].T + matrix[:, 2]
    depths = placed[:, 2:]
    sizes = boxes[:, 2:] * np.sqrt(np.linalg.det(matrix) / depths**3)
    return np.concatenate([placed[:, :2] / depths - sizes / 2, sizes], axis=1)


def _moved(boxes: Boxes, matrix: Boxes, sizes: Boxes) -> Boxes:
    """Boxes of these sizes, (n, 2), about the centres of `boxes`, moved by a (2, 3) matrix."""
    centres = (boxes[:, :2] + boxes[:, 2:] / 2) @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([centres - sizes / 2, sizes], axis=1)
