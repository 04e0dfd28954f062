"""Writes annotated pictures as a shard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from pose.data.json_values import Box
from pose.data.labels import BARE, HELMET, HeadLabel, Labels, check_size
from pose.data.shard_writing import new_shard
from pose.data.shards import decoded
from pose.train.data.conversion.boxed import BoxedPicture
from pose.train.data.conversion.classes import DROP, IGNORE, KINDS, PERSON


@dataclass(frozen=True, slots=True)
class Meaning:
    """What only the annotations' owner knows.

    kinds: class -> one of `KINDS`. boxes: what head boxes enclose, in the words of the labels' schema.
    heads_complete: whether every head has a box.
    """

    kinds: Mapping[str, str]
    boxes: str
    heads_complete: bool


def write_shard(out: Path, folder: Path, pairs: Iterable[tuple[PurePosixPath, BoxedPicture]], meaning: Meaning) -> None:
    """Write pictures below the folder with their annotations, completely or not at all; the pictures' bytes stay.

    Raises OSError when a file cannot be read or written; ValueError for a picture that cannot be decoded or has another
    size than its annotation says.
    """
    with new_shard(out) as add:
        for picture, annotation in pairs:
            data = (folder / picture).read_bytes()
            pixels = decoded(data, str(folder / picture))
            _check_size(pixels, picture, annotation)
            add(picture, data, _labels(pixels, annotation, meaning, origin=f"{folder.resolve().name}/{picture}"))


def _labels(pixels: NDArray[np.uint8], annotation: BoxedPicture, meaning: Meaning, origin: str) -> Labels:
    height, width, _ = pixels.shape
    of_kind: dict[str, list[Box]] = {kind: [] for kind in KINDS}
    for named, box in zip(annotation.boxes, annotation.pixel_boxes(width, height), strict=True):
        kind = meaning.kinds[named.name]
        of_kind[IGNORE if named.uncounted and kind != DROP else kind].append(box)
    return Labels(
        width=width,
        height=height,
        people=(),
        people_complete=False,
        ignore=tuple(of_kind[IGNORE]),
        heads=tuple(HeadLabel(box, kind) for kind in (HELMET, BARE) for box in of_kind[kind]),
        heads_complete=meaning.heads_complete,
        boxes=meaning.boxes,
        person_boxes=tuple(of_kind[PERSON]),
        origin=origin,
    )


def _check_size(pixels: NDArray[np.uint8], picture: PurePosixPath, annotation: BoxedPicture) -> None:
    try:
        check_size(pixels, annotation.width, annotation.height)
    except ValueError as error:
        turned = (annotation.width, annotation.height) == pixels.shape[:2]
        hint = "; the boxes seem to be those of the picture as stored, before EXIF turns it upright" if turned else ""
        raise ValueError(f"{annotation.file}: {picture}: {error}{hint}") from error
