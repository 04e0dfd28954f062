"""Labelled pictures for tests: the model's warm-up picture, and a shard of it."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import cv2

from pose.data.labels import as_json, read_labels
from pose.data.shards import LabelledPicture
from pose.skeleton import Person, coco_keypoints


def portrait(root: Path) -> LabelledPicture:
    """The warm-up picture without labels."""
    return LabelledPicture("portrait", cv2.imread(str(root / "model" / "warmup.jpg")), read_labels({}))


def with_labels(picture: LabelledPicture, **labels: object) -> LabelledPicture:
    """The picture with these labels changed."""
    changed = json.dumps({**as_json(picture.labels), **labels})
    return replace(picture, labels=read_labels(json.loads(changed)))


def as_label(person: Person) -> dict[str, object]:
    """A found person as people would have labelled one."""
    left, top = person.points.min(axis=0).tolist()
    right, bottom = person.points.max(axis=0).tolist()
    box = [left, top, right - left, bottom - top]
    keypoints = [coco_keypoints(person)[i : i + 3] for i in range(0, 51, 3)]
    return {"source": "human", "keypoints": keypoints, "box": box, "area": 0.53 * box[2] * box[3]}


def write_shard(path: Path, pictures: list[LabelledPicture]) -> Path:
    """A tar file of these pictures."""
    with tarfile.open(path, "w") as tar:
        for number, picture in enumerate(pictures):
            encoded = cv2.imencode(".png", picture.pixels)[1].tobytes()
            for suffix, content in ((".png", encoded), (".json", json.dumps(as_json(picture.labels)).encode())):
                member = tarfile.TarInfo(f"{number}{suffix}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return path
