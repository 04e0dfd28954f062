"""Labelled pictures: archives of pairs NAME.jpg (or another of `PICTURE_SUFFIXES`) and NAME.json (`labels.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from pose.data.archives import PICTURE_SUFFIXES, Member, is_picture, opened
from pose.data.json_values import Box, parse
from pose.data.labels import HELMET, Labels, check_size, read_labels
from pose.pictures.decoding import MOST_PIXELS, decode
from pose.pictures.headers import PictureError


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """pixels: (H, W, 3) uint8 BGR. name: its path in the archive, without its suffix."""

    name: str
    pixels: NDArray[np.uint8]
    labels: Labels

    @property
    def heads(self) -> NDArray[np.float64]:
        """Labelled head boxes, (n, 4) left, top, width, height."""
        return _boxes([head.box for head in self.labels.heads])

    @property
    def helmeted(self) -> NDArray[np.bool_]:
        """Which of the labelled heads wear a helmet, (n,) bool."""
        return np.array([head.kind == HELMET for head in self.labels.heads], bool)

    @property
    def ignore(self) -> NDArray[np.float64]:
        """Regions where nothing counts, (n, 4) left, top, width, height."""
        return _boxes(self.labels.ignore)


def read_shard(path: Path) -> Iterator[LabelledPicture]:
    """The pictures of an archive in its order.

    Raises OSError when it cannot be read; ValueError that names the archive, its member and the key of anything that
    cannot be used, and for an archive without pictures.
    """
    with opened(path) as members:
        labels = labels_by_picture(members)
        pictures = [member for member in members if is_picture(member.name)]
        if not pictures:
            suffixes = " ".join(PICTURE_SUFFIXES)
            raise ValueError(f"{path}: expected labelled pictures ({suffixes}), got none among {len(members)} files")
        for member in pictures:
            beside = labels.get(member.name.with_suffix(""))
            if beside is None:
                raise ValueError(f"{path}: {member}: expected {member.name.stem}.json beside it, got none")
            yield labelled(path, member, beside)


def labels_by_picture(members: Sequence[Member]) -> Mapping[PurePosixPath, Member]:
    """The JSON files of an archive, by their path without suffix, which is that of their picture."""
    return {member.name.with_suffix(""): member for member in members if is_json(member.name)}


def is_json(path: PurePosixPath) -> bool:
    """Whether the name is one of labels."""
    return path.suffix.lower() == ".json"


def labelled(path: Path, picture: Member, beside: Member | None) -> LabelledPicture:
    """A picture of an archive or folder with the labels beside it; beside: None where it has none.

    Raises ValueError that names the archive, its member and the key of what cannot be used.
    """
    pixels, data = decoded(picture.read(), f"{path}: {picture}"), beside.read() if beside else b"{}"
    try:
        labels = read_labels(parse(data, "labels"))
        check_size(pixels, labels.width, labels.height)
    except ValueError as error:
        raise ValueError(f"{path}: {beside}: {error}") from error
    return LabelledPicture(str(picture.name.with_suffix("")), pixels, labels)


def decoded(data: bytes, name: str, *, upright: bool = True) -> NDArray[np.uint8]:
    """A picture file's bytes -> (H, W, 3) uint8 BGR; ValueError that names the file when they are no whole picture."""
    try:
        return decode(data, MOST_PIXELS, upright=upright).pixels
    except PictureError as error:
        raise ValueError(f"{name}: expected {error.expected}, got {error.got}") from error


def _boxes(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array(boxes, np.float64).reshape(-1, 4)
