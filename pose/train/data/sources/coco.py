"""COCO keypoint annotations (person_keypoints_*.json) and a folder of their pictures -> examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pose.data.labels import check_size
from pose.data.shards import decoded
from pose.train.data.examples import Example, boxes, human_states, people_from_coco
from pose.train.data.sources.coco_file import CocoPicture, read_coco


def paths(argument: str) -> tuple[Path, Path]:
    """`ANNOTATIONS.json,PICTURES_DIR` -> both paths; ValueError for any other text."""
    annotations, comma, pictures = argument.partition(",")
    if not comma or not annotations or not pictures:
        raise ValueError(f"coco: expected ANNOTATIONS.json,PICTURES_DIR, got {argument!r}")
    return Path(annotations), Path(pictures)


def read(annotations: Path, pictures: Path) -> Iterator[Example]:
    """Every picture of the folder with an annotated person, in the order of the annotations' `images`.

    Crowds and people without keypoints become `ignore` regions. Pictures that the folder lacks are skipped, so that a
    part of COCO suffices. Raises ValueError if it lacks all, for a picture that cannot be decoded, and as `read_coco`.
    """
    annotated = read_coco(annotations)
    there = [picture for picture in annotated if (pictures / picture.image.file_name).is_file()]
    if not there:
        raise ValueError(f"{pictures}: expected pictures that {annotations} names, got none of {len(annotated)}")
    for picture in there:
        path = pictures / picture.image.file_name
        # COCO was labelled on the pixels as stored, whatever EXIF says of the camera's orientation.
        pixels = decoded(path.read_bytes(), str(path), upright=False)
        try:
            check_size(pixels, picture.image.width, picture.image.height)
        except ValueError as error:
            raise ValueError(f"{annotations}: {picture.image.file_name}: {error}") from error
        yield _example(path.stem, pixels, picture)


def _example(name: str, pixels: NDArray[np.uint8], picture: CocoPicture) -> Example:
    people = [person.keypoints for person in picture.people if person.keypoints is not None]
    keypoints = np.array(people, np.float32).reshape(-1, 17, 3)
    keypoints[..., :2] += 0.5  # from COCO's pixel indices to continuous coordinates
    keypoints[..., 2] = human_states(keypoints[..., 2])
    return Example(
        name=name,
        pixels=pixels,
        people=people_from_coco(keypoints),
        ignore=boxes([person.box for person in picture.people if person.box is not None]),
        heads=boxes([]),
        helmeted=np.zeros(0, bool),
        heads_complete=False,
        people_complete=True,
        human=True,
        weight=1.0,
    )
