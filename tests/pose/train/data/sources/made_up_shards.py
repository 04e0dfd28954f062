"""Made-up tar shards for tests."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.pose.train.made_up import smooth

# COCO's order: nose, eyes, ears, shoulders and hips seen by a teacher who doubts the ears.
TEACHER = [
    [40, 16, 0.9], [42, 15, 0.8], [38, 15, 0.8], [43, 16, 0.1], [37, 16, 0.2],
    [44, 20, 0.7], [36, 20, 0.6], *[[0, 0, 0]] * 4, [43, 32, 0.5], [37, 32, 0.4], *[[0, 0, 0]] * 4,
]  # fmt: skip
LABELS: dict[str, Any] = {
    "width": 80,
    "height": 60,
    "people": [{"keypoints": TEACHER, "source": "teacher"}],
    "people_complete": True,
    "ignore": [[60, 10, 10, 40]],
    "heads": [{"box": [35, 10, 10, 12], "kind": "helmet"}, {"box": [60, 10, 8, 8], "kind": "head"}],
    "heads_complete": True,
}


def write_made_up_shard(path: Path, *, pictures: int = 2, **changes: Any) -> Path:
    """A shard of equal labels, and pictures that differ."""
    with tarfile.open(path, "w") as tar:
        for number in range(pictures):
            add(tar, f"{number}.json", json.dumps({**LABELS, **changes}).encode())
            add(tar, f"{number}.png", cv2.imencode(".png", np.ascontiguousarray(smooth(60, 80, number)))[1].tobytes())
    return path


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Put a file into the archive."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
