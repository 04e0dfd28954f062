"""Labelled pictures: tar files of pairs NAME.webp (or .jpg, .png) and NAME.json.

The JSON holds `people` (COCO keypoints of people or of a teacher network), `ignore` regions, `heads` (boxes of kind
`helmet` or `head`, which is bare) and whether each is complete; boxes are [left, top, width, height] in pixels.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

PICTURE_SUFFIXES: Final = (".webp", ".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """pixels: (H, W, 3) uint8 BGR. labels: the JSON as it stands. name: without its suffix."""

    name: str
    pixels: NDArray[np.uint8]
    labels: dict[str, Any]

    @property
    def heads(self) -> NDArray[np.float64]:
        """Labelled head boxes, (n, 4) left, top, width, height."""
        return _boxes([head["box"] for head in self.labels["heads"]])

    @property
    def helmeted(self) -> NDArray[np.bool_]:
        """Which of the labelled heads wear a helmet, (n,) bool."""
        return np.array([head["kind"] == "helmet" for head in self.labels["heads"]], bool)

    @property
    def ignore(self) -> NDArray[np.float64]:
        """Regions where nothing counts, (n, 4) left, top, width, height."""
        return _boxes(self.labels["ignore"])


def read_shard(path: Path) -> Iterator[LabelledPicture]:
    """The pictures of a tar file in its order.

    Raises ValueError for a file that is no tar and for a picture without labels or that cannot be decoded.
    """
    with _opened(path) as tar:
        members = {member.name: member for member in tar.getmembers() if member.isfile()}
        for name, member in members.items():
            stem, suffix = str(PurePosixPath(name).with_suffix("")), PurePosixPath(name).suffix
            if suffix not in PICTURE_SUFFIXES:
                continue
            if f"{stem}.json" not in members:
                raise ValueError(f"{path}: expected {stem}.json beside {name}, got none")
            labels = json.loads(_read(tar, members[f"{stem}.json"]))
            pixels = cv2.imdecode(np.frombuffer(_read(tar, member), np.uint8), cv2.IMREAD_COLOR)
            if pixels is None:
                raise ValueError(f"{path}: expected a picture in {name}, got {member.size} bytes that are none")
            yield LabelledPicture(stem, pixels.astype(np.uint8, copy=False), labels)


def _opened(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path)
    except tarfile.ReadError as error:
        raise ValueError(f"{path}: expected a tar file of labelled pictures, got: {error}") from error


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name}: expected a file")
    return file.read()


def _boxes(boxes: list[list[float]]) -> NDArray[np.float64]:
    return np.array(boxes, np.float64).reshape(-1, 4)
