"""Shards of pictures and labels (`pose.data.shards`) -> examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pose.data.labels import HUMAN, PersonLabel
from pose.data.shards import LabelledPicture, read_shard
from pose.train.data.examples import DataConfig, Example, boxes, human_states, people_from_coco, teacher_states


def read(path: Path, config: DataConfig) -> Iterator[Example]:
    """The examples of a shard; errors are those of `read_shard`."""
    return (_example(picture, config) for picture in read_shard(path))


def _example(picture: LabelledPicture, config: DataConfig) -> Example:
    labels = picture.labels
    people = [_person(person, config) for person in labels.people]
    return Example(
        name=picture.name,
        pixels=picture.pixels,
        people=people_from_coco(np.array(people, np.float32).reshape(-1, 17, 3)),
        ignore=boxes(picture.ignore),
        heads=boxes(picture.heads),
        helmeted=picture.helmeted,
        heads_complete=labels.heads_complete,
        people_complete=labels.people_complete,
        human=bool(people) and all(person.source == HUMAN for person in labels.people),
        weight=1.0,
    )


def _person(person: PersonLabel, config: DataConfig) -> NDArray[np.float32]:
    """The person's keypoints as (17, 3) x, y, state."""
    keypoints = np.array(person.keypoints, np.float32)
    keypoints[:, 2] = (
        human_states(keypoints[:, 2]) if person.source == HUMAN else teacher_states(keypoints[:, 2], config)
    )
    return keypoints
