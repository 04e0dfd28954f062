"""An example and drawn numbers -> a crop: a square cut that a network is trained on, and its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.skeleton import MIRRORED, NECK, NOSE
from pose.train.augment import AugmentConfig
from pose.train.augment.geometry import Matrix, Scene, is_mirrored, moved, scales
from pose.train.augment.photometry import GREY, Drawn, Faces, Picture
from pose.train.examples import ABSENT, TARGET, Example

# Below this many crop pixels a picture pixel, the picture is first averaged over blocks: bilinear reading of pixels
# further apart would alias.
_FINEST: Final = 0.6
_MARGIN: Final = 0.25  # sides of the crop around it: who lies beyond leaves nothing in its targets
# OpenCV counts pixels by their index: the centre of the first is (0, 0) there and (0.5, 0.5) here.
_BY_INDEX: Final = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
_CORNERS: Final = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], np.float32)
_NO_PIXELS: Final = np.zeros((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A square cut of a picture; coordinates are continuous pixels of the crop.

    pixels: (S, S, 3) uint8 BGR, or (0, 0, 3) where a device makes them.
    size: S.
    people: (n, 18, 3) float32 x, y, state; those whose box of labelled keypoints lies away from the crop are left out.
    ignore: (m, 4) float32 left, top, width, height.
    heads: (k, 3) float32 x, y of the centre, longer side of the box.
    helmeted: (k,) bool.
    heads_complete, people_complete, human: as in `Example`.
    site: whether the picture has labels of heads.
    """

    pixels: Picture
    size: int
    people: NDArray[np.float32]
    ignore: NDArray[np.float32]
    heads: NDArray[np.float32]
    helmeted: NDArray[np.bool_]
    heads_complete: bool
    people_complete: bool
    human: bool
    site: bool


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Where a crop lies in its picture, and how to read it from there.

    matrix: (3, 3), the picture's pixels -> the crop's.
    region: left, top, right, bottom of the picture's part that is needed, in whole pixels.
    block: the part is averaged over squares of so many pixels a side before it is warped.
    warp: (3, 3), pixels of the averaged part -> the crop's.
    """

    matrix: Matrix
    region: tuple[int, int, int, int]
    block: int
    warp: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything drawn for one crop; photometry: each operation's numbers or None, in the order of the description."""

    size: int
    view: View
    photometry: tuple[Drawn | None, ...]


def generator(seed: int, step: int, rank: int, index: int) -> np.random.Generator:
    """The source of chance of one crop, or with index -1 of a whole batch; the same for the same numbers."""
    return np.random.default_rng((seed, step, rank, index + 1))


def draw(example: Example, augment: AugmentConfig, size: int, rng: np.random.Generator) -> Plan:
    """Draw one crop of `size` pixels a side; pixels are not looked at."""
    height, width = example.pixels.shape[:2]
    scene = Scene(size, height, width, example.people)
    matrix = np.eye(3)
    for operation in augment.geometry:
        matrix = operation.place(matrix, scene, rng)
    faces = faces_in(moved_people(example.people, matrix), size)
    photometry = tuple(operation.draw(rng, faces) for operation in augment.photometry)
    return Plan(size, view(matrix, scene), photometry)


def view(matrix: Matrix, scene: Scene) -> View:
    """What has to be read of the scene's picture for the crop that `matrix` places."""
    back = np.linalg.inv(matrix)
    back /= back[2] @ (scene.size / 2, scene.size / 2, 1)  # depths count from the crop's middle
    block = 1
    while scales(matrix, moved(np.full(2, scene.size / 2), back)) * block < _FINEST:
        block *= 2
    seen = moved(_CORNERS * scene.size, back)
    low = np.floor(seen.min(axis=0) / block - 1.5).astype(int) * block
    high = np.ceil(seen.max(axis=0) / block + 1.5).astype(int) * block
    left, top = (
        min(max(int(value), 0), (end - 1) // block * block) for value, end in zip(low, _ends(scene), strict=True)
    )
    right, bottom = (
        min(max(int(value), start + block), end)
        for value, start, end in zip(high, (left, top), _ends(scene), strict=True)
    )
    warp = matrix @ np.array([[block, 0.0, left], [0, block, top], [0, 0, 1]])
    return View(matrix, (left, top, right, bottom), block, warp)


def cut(example: Example, plan: Plan, augment: AugmentConfig) -> Crop:
    """The planned crop with pixels and labels."""
    pixels = warped(example.pixels, plan.view, plan.size)
    for operation, drawn in zip(augment.photometry, plan.photometry, strict=True):
        if drawn is not None:
            pixels = operation.apply(pixels, drawn)
    return place(example, plan.view.matrix, plan.size, pixels)


def warped(pixels: Picture, view: View, size: int) -> Picture:
    """The crop's pixels (size, size, 3): averaged over blocks, then read bilinearly; grey outside the picture."""
    left, top, right, bottom = view.region
    part = pixels[top:bottom, left:right]
    if view.block > 1:
        down, across = -(bottom - top) % view.block, -(right - left) % view.block
        whole = cv2.copyMakeBorder(part, 0, down, 0, across, cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY))
        shape = (whole.shape[1] // view.block, whole.shape[0] // view.block)
        part = cv2.resize(whole, shape, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    matrix = _BY_INDEX @ view.warp @ np.linalg.inv(_BY_INDEX)
    crop = cv2.warpPerspective(part, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=(GREY, GREY, GREY))
    return crop.astype(np.uint8, copy=False)


def place(example: Example, matrix: Matrix, size: int, pixels: Picture = _NO_PIXELS) -> Crop:
    """The example's labels as they lie in the crop."""
    people, ignore = _placed_people(example.people, matrix, size), _placed_boxes(example.ignore, matrix)
    heads = np.empty((len(example.heads), 3), np.float32)
    centres = example.heads[:, :2] + example.heads[:, 2:] / 2
    heads[:, :2] = moved(centres, matrix)
    heads[:, 2] = example.heads[:, 2:].max(axis=1, initial=0) * scales(matrix, centres)
    near = (np.abs(heads[:, :2] - size / 2) < size / 2 + heads[:, 2:]).all(axis=1)
    return Crop(
        pixels=pixels,
        size=size,
        people=people,
        ignore=ignore[((ignore[:, :2] < size) & (ignore[:, :2] + ignore[:, 2:] > 0)).all(axis=1)],
        heads=heads[near],
        helmeted=example.helmeted[near],
        heads_complete=example.heads_complete,
        people_complete=example.people_complete,
        human=example.human,
        site=example.heads_complete or bool(len(example.heads)),
    )


def faces_in(people: NDArray[np.float32], size: int) -> Faces:
    """The faces of (n, 18, 3) people in a crop of `size` pixels a side: those whose nose and neck are labelled."""
    noses, necks = people[:, NOSE, :2], people[:, NECK, :2]
    inside = ((noses > 0) & (noses < size)).all(axis=1)
    seen = inside & (people[:, [NOSE, NECK], 2] == TARGET).all(axis=1)
    ways = np.hypot(*(noses - necks).T)
    faces: Faces = np.column_stack([noses, ways])[seen].astype(np.float64) / size
    return faces


def moved_people(people: NDArray[np.float32], matrix: Matrix) -> NDArray[np.float32]:
    """(n, 18, 3) keypoints of the picture -> of the crop, right and left changed where it is mirrored."""
    placed = people.copy()
    placed[..., :2] = moved(people[..., :2], matrix)
    return placed[:, MIRRORED] if is_mirrored(matrix) else placed


def _placed_people(people: NDArray[np.float32], matrix: Matrix, size: int) -> NDArray[np.float32]:
    placed = moved_people(people, matrix)
    labelled = placed[..., 2] != ABSENT
    placed[~labelled] = 0
    low = np.where(labelled[..., None], placed[..., :2], np.inf).min(axis=1)
    high = np.where(labelled[..., None], placed[..., :2], -np.inf).max(axis=1)
    near: NDArray[np.bool_] = ((high > -_MARGIN * size) & (low < (1 + _MARGIN) * size)).all(axis=1)
    return placed[near]


def _placed_boxes(boxes: NDArray[np.float32], matrix: Matrix) -> NDArray[np.float32]:
    """The upright boxes around the turned ones, (m, 4) left, top, width, height."""
    points = moved(boxes[:, None, :2] + boxes[:, None, 2:] * _CORNERS, matrix)
    low = points.min(axis=1)
    return np.concatenate([low, points.max(axis=1) - low], axis=1)


def _ends(scene: Scene) -> tuple[int, int]:
    return scene.width, scene.height
