"""Tar shards of pictures and labels (`pose.shards`) -> examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pose.shards import LabelledPicture, read_shard
from pose.train.examples import DataConfig, Example, boxes, human_states, people_from_coco, teacher_states


def read(path: Path, config: DataConfig) -> Iterator[Example]:
    """The examples of a tar file; OSError or ValueError when it is missing or broken."""
    for picture in read_shard(path):
        try:
            yield _example(picture, config)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: {picture.name}: expected labels, got {type(error).__name__}: {error}") from error


def _example(picture: LabelledPicture, config: DataConfig) -> Example:
    labels = picture.labels
    people = [_person(person, config) for person in labels["people"]]
    return Example(
        name=picture.name,
        pixels=picture.pixels,
        people=people_from_coco(np.array(people, np.float32).reshape(-1, 17, 3)),
        ignore=boxes(picture.ignore),
        heads=boxes(picture.heads),
        helmeted=picture.helmeted,
        heads_complete=bool(labels["heads_complete"]),
        people_complete=bool(labels["people_complete"]),
        human=bool(people) and all(person["source"] == "human" for person in labels["people"]),
        weight=1.0,
    )


def _person(person: dict[str, Any], config: DataConfig) -> NDArray[np.float32]:
    """(17, 3) x, y, state."""
    keypoints = np.array(person["keypoints"], np.float32).reshape(17, 3)
    human = person["source"] == "human"
    keypoints[:, 2] = human_states(keypoints[:, 2]) if human else teacher_states(keypoints[:, 2], config)
    return keypoints
