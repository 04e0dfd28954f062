"""What every kind of annotation says of a picture: boxes, each of a named class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pose.data.json_values import Box


@dataclass(frozen=True, slots=True)
class NamedBox:
    """A box of a class.

    box: left, top, width, height; see `BoxedPicture.shares`. uncounted: the annotation says that it does not count.
    """

    name: str
    box: Box
    uncounted: bool = False


@dataclass(frozen=True, slots=True)
class BoxedPicture:
    """The annotation of a picture.

    file: where it stands. picture: the picture's path, with any suffix or none, below the folder of the pictures.
    width, height: of the picture in pixels; None where the annotation gives none.
    shares: boxes are in shares of the upright picture's width and height, otherwise in its pixels.
    """

    file: Path
    picture: PurePosixPath
    width: int | None
    height: int | None
    boxes: tuple[NamedBox, ...]
    shares: bool = False

    def pixel_boxes(self, width: int, height: int) -> list[Box]:
        """The boxes in pixels of the picture, which has this size."""
        x, y = (width, height) if self.shares else (1, 1)
        return [(b.box[0] * x, b.box[1] * y, b.box[2] * x, b.box[3] * y) for b in self.boxes]
