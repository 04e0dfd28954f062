"""Examples and drawn numbers -> crops: the square parts of pictures that a network is trained on, with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.skeleton import MIRRORED, NECK, NOSE
from pose.train.augment import AugmentConfig
from pose.train.augment.geometry import Matrices, Scenes, box_of, moved, one_each, scales
from pose.train.augment.photometry import GREY, Drawn, Faces, Picture
from pose.train.data.cache import Cache
from pose.train.data.examples import ABSENT, TARGET
from pose.train.data.labels import Labels

# Below this many crop pixels per picture pixel the picture is first averaged over blocks, because bilinear
# interpolation of pixels further apart would alias.
_FINEST: Final = 0.6
_MARGIN: Final = 0.25  # sides of the crop: people further outside add nothing to its targets
# OpenCV counts pixels by their index: the centre of the first is (0, 0) there and (0.5, 0.5) here.
_BY_INDEX: Final = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
_CORNERS: Final = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A square part of a picture; coordinates are continuous pixels of the crop.

    pixels: (S, S, 3) uint8 BGR.
    size: S.
    people: (n, 18, 3) float32 x, y, state, without people whose labelled keypoints lie far outside the crop.
    ignore: (m, 4) float32 left, top, width, height.
    heads: (k, 3) float32 x, y of the centre, longer side of the box.
    helmeted: (k,) bool.
    heads_complete, people_complete, human, site: as in `Labels`.
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
class Plan:
    """Everything drawn for a batch of N crops.

    size: the crops' side in pixels. places: (N,), their examples in the cache.
    matrices: (N, 3, 3), the pictures' pixels -> the crops'.
    blocks: (N,), the side in pixels of the squares over which a picture is averaged before it is warped.
    photometry: of each operation of `AugmentConfig.photometry`, (n,) the crops that it changes and (n, k) its numbers.
    labels: in the crops' pixels.
    """

    size: int
    places: NDArray[np.intp]
    matrices: Matrices
    blocks: NDArray[np.intp]
    photometry: Sequence[tuple[NDArray[np.intp], Drawn]]
    labels: Labels


def plan(cache: Cache, places: NDArray[np.intp], augment: AugmentConfig, size: int, rng: np.random.Generator) -> Plan:
    """Draw a crop with a side of `size` pixels of each example; it reads no pixels."""
    labels = cache.labels(places)
    scenes = Scenes(size, cache.sizes[places][:, ::-1].astype(np.float64), labels.people, labels.person_of)
    matrices = np.tile(np.eye(3), (len(places), 1, 1))
    for operation in augment.geometry:
        matrices = operation.place(matrices, scenes, rng)
    placed = place(labels, matrices, size)
    faces = faces_in(placed, size, rng)
    photometry = []
    for changing in augment.photometry:
        drawn = changing.draw(rng, faces)
        changed = (rng.random(len(places)) < changing.probability) & np.isfinite(drawn).all(axis=1)
        photometry.append((np.flatnonzero(changed), drawn[changed]))
    return Plan(size, places, matrices, blocks(matrices, size), photometry, placed)


def blocks(matrices: Matrices, size: int) -> NDArray[np.intp]:
    """The side of the squares over which each picture is averaged, (N,), by the scale in the middle of its crop."""
    middle = np.full((1, 2), size / 2)
    back = np.linalg.inv(matrices).astype(np.float64)
    back /= (back[:, 2] @ (size / 2, size / 2, 1))[:, None, None]  # makes the depth 1 in the crop's middle
    halvings = np.ceil(np.log2(_FINEST / scales(matrices, moved(middle, back))[:, 0]))
    sides: NDArray[np.intp] = 2 ** np.maximum(halvings, 0).astype(np.intp)
    return sides


def cut(cache: Cache, planned: Plan, augment: AugmentConfig) -> list[Crop]:
    """The planned crops with pixels and labels."""
    sides = planned.blocks.tolist()
    pixels = [
        warped(cache.picture(place), matrix, block, planned.size)
        for place, matrix, block in zip(planned.places.tolist(), planned.matrices, sides, strict=True)
    ]
    for operation, (changed, drawn) in zip(augment.photometry, planned.photometry, strict=True):
        for index, numbers in zip(changed.tolist(), drawn, strict=True):
            pixels[index] = operation.apply(pixels[index], numbers)
    return [crop_of(planned.labels, index, picture) for index, picture in enumerate(pixels)]


def crop_of(labels: Labels, index: int, pixels: Picture) -> Crop:
    """The crop of this index, with its share of the labels."""
    heads = labels.head_of == index
    return Crop(
        pixels=pixels,
        size=len(pixels),
        people=labels.people[labels.person_of == index],
        ignore=labels.ignore[labels.ignore_of == index],
        heads=labels.heads[heads],
        helmeted=labels.helmeted[heads],
        heads_complete=bool(labels.heads_complete[index]),
        people_complete=bool(labels.people_complete[index]),
        human=bool(labels.human[index]),
        site=bool(labels.site[index]),
    )


def warped(pixels: Picture, matrix: Matrices, block: int, size: int) -> Picture:
    """The crop's pixels (size, size, 3), averaged over blocks and bilinearly interpolated; grey outside the picture."""
    if block > 1:
        down, across = (-side % block for side in pixels.shape[:2])
        whole = cv2.copyMakeBorder(pixels, 0, down, 0, across, cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY))
        shape = (whole.shape[1] // block, whole.shape[0] // block)
        pixels = cv2.resize(whole, shape, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    by_index = _BY_INDEX @ matrix @ np.diag([block, block, 1.0]) @ np.linalg.inv(_BY_INDEX)
    crop = cv2.warpPerspective(pixels, by_index, (size, size), flags=cv2.INTER_LINEAR, borderValue=(GREY, GREY, GREY))
    return crop.astype(np.uint8, copy=False)


def place(labels: Labels, matrices: Matrices, size: int) -> Labels:
    """The labels of N pictures in the pixels of their crops; matrices: (N, 3, 3), size: the crops' side."""
    people, person_of = _placed_people(labels, matrices, size)
    turning = matrices[labels.head_of]
    centres = labels.heads[:, None, :2] + labels.heads[:, None, 2:] / 2
    sides = labels.heads[:, 2:].max(axis=1, keepdims=True, initial=0) * scales(turning, centres)
    heads = np.concatenate([moved(centres, turning)[:, 0], sides], axis=1).astype(np.float32)
    near = (np.abs(heads[:, :2] - size / 2) < size / 2 + heads[:, 2:]).all(axis=1)
    return replace(
        labels,
        people=people,
        person_of=person_of,
        ignore=_placed_boxes(labels.ignore, matrices[labels.ignore_of]),
        heads=heads[near],
        helmeted=labels.helmeted[near],
        head_of=labels.head_of[near],
    )


def faces_in(labels: Labels, size: int, rng: np.random.Generator) -> Faces:
    """A random face of each crop, of people whose nose lies in the crop and whose neck is labelled; size: its side."""
    noses, necks = labels.people[:, NOSE, :2], labels.people[:, NECK, :2]
    inside = ((noses > 0) & (noses < size)).all(axis=1)
    seen = inside & (labels.people[:, [NOSE, NECK], 2] == TARGET).all(axis=1)
    crop, person = one_each(labels.person_of, seen.astype(np.float64), rng)
    faces = np.full((len(labels.human), 3), np.nan)
    lengths = np.hypot(*(noses - necks)[person].T)
    faces[crop] = np.column_stack([noses[person], lengths]) / size
    return faces


def _placed_people(labels: Labels, matrices: Matrices, size: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The people near their crop, and the crop of each; left and right are swapped in mirrored crops."""
    placed = labels.people.copy()
    placed[..., :2] = moved(labels.people[..., :2], matrices[labels.person_of])
    mirrored = np.linalg.det(matrices)[labels.person_of] < 0
    placed[mirrored] = placed[mirrored][:, MIRRORED]
    labelled = placed[..., 2] != ABSENT
    placed[~labelled] = 0
    low, high = box_of(placed[..., :2], labelled)
    near = ((high > -_MARGIN * size) & (low < (1 + _MARGIN) * size)).all(axis=1)
    return placed[near], labels.person_of[near]


def _placed_boxes(boxes: NDArray[np.float32], matrices: Matrices) -> NDArray[np.float32]:
    """The upright boxes around the transformed ones, (m, 4) left, top, width, height; matrices: one per box."""
    points = moved(boxes[:, None, :2] + boxes[:, None, 2:] * _CORNERS, matrices)
    low = points.min(axis=1)
    return np.concatenate([low, points.max(axis=1) - low], axis=1)
