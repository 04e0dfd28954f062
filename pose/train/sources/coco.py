"""COCO keypoint annotations (person_keypoints_*.json) and a folder of their pictures -> examples."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from pose.train.examples import Example, boxes, human_states, people_from_coco

PERSON: Final = 1  # COCO's category id


def paths(argument: str) -> tuple[Path, Path]:
    """`ANNOTATIONS.json,PICTURES_DIR` -> both; ValueError when it is not two."""
    annotations, comma, pictures = argument.partition(",")
    if not comma or not annotations or not pictures:
        raise ValueError(f"coco: expected ANNOTATIONS.json,PICTURES_DIR, got {argument!r}")
    return Path(annotations), Path(pictures)


def read(annotations: Path, pictures: Path) -> Iterator[Example]:
    """Every picture of the folder that has a person annotated, in the order of the annotations' `images`.

    Crowds and people without keypoints become `ignore` regions. Pictures that the folder lacks are passed over, so
    that a part of COCO will do; ValueError when it lacks all, and for a picture that cannot be decoded.
    """
    labels = _read(annotations)
    people: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for annotation in labels["annotations"]:
        if annotation["category_id"] == PERSON:
            people[annotation["image_id"]].append(annotation)
    annotated = [image for image in labels["images"] if image["id"] in people]
    there = [image for image in annotated if (pictures / image["file_name"]).is_file()]
    if annotated and not there:
        raise ValueError(f"{pictures}: expected pictures that {annotations} names, got none of {len(annotated)}")
    for image in there:
        yield _example(pictures / image["file_name"], image, people[image["id"]])


def _read(annotations: Path) -> dict[str, Any]:
    try:
        labels: dict[str, Any] = json.loads(annotations.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{annotations}: expected COCO's JSON, got: {error}") from error
    if missing := [name for name in ("images", "annotations") if name not in labels]:
        raise ValueError(f"{annotations}: expected COCO's {' and '.join(missing)}, got none")
    return labels


def _example(path: Path, image: dict[str, Any], people: Sequence[dict[str, Any]]) -> Example:
    # COCO was labelled on the pixels as stored, whatever EXIF says of the camera's orientation.
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise ValueError(f"{path}: expected a picture, got none")
    if pixels.shape[:2] != (image["height"], image["width"]):
        raise ValueError(
            f"{path}: expected {image['width']}x{image['height']}, got {pixels.shape[1]}x{pixels.shape[0]}"
        )
    labelled = [person for person in people if _has_keypoints(person)]
    keypoints = np.array([person["keypoints"] for person in labelled], np.float32).reshape(-1, 17, 3)
    keypoints[..., :2] += 0.5  # COCO counts pixels by their index, ours are continuous
    keypoints[..., 2] = human_states(keypoints[..., 2])
    return Example(
        name=path.stem,
        pixels=pixels.astype(np.uint8, copy=False),
        people=people_from_coco(keypoints),
        ignore=boxes([person["bbox"] for person in people if not _has_keypoints(person)]),
        heads=boxes([]),
        helmeted=np.zeros(0, bool),
        heads_complete=False,
        people_complete=True,
        human=True,
        weight=1.0,
    )


def _has_keypoints(person: dict[str, Any]) -> bool:
    return not person["iscrowd"] and any(person.get("keypoints", ())[2::3])
