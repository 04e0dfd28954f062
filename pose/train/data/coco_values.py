"""What every file of COCO annotations has, of keypoints or of boxes alone: ids and pictures.

Source: https://cocodataset.org/#format-data; deviations with a clear meaning are read too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from pose.data.json_values import WrongValueError, items, mapping, parse, text, whole
from pose.data.lookalikes import lookalike
from pose.errors import Missing, described

_LONGEST_NAME: Final = 255  # bytes of a file's name (path_resolution(7))
_LONGEST: Final = 2048  # bytes: half of the longest path, as the folder is added before it
Id = int | str
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CocoImage:
    """file_name: a path below the folder of the pictures. width, height: None where the file has none."""

    file_name: str
    width: int | None
    height: int | None


def read_file(path: Path, read: Callable[[Mapping[str, Any]], T]) -> T:
    """What `read` makes of the file's object.

    Raises OSError when the file cannot be read; ValueError that names the file and the key of what cannot be used.
    """
    if got := lookalike(path):
        raise ValueError(f"{path}: expected COCO's JSON, got {got}")
    try:
        return read(_object(parse(path.read_bytes(), "annotations")))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _object(file: object) -> Mapping[str, Any]:
    if isinstance(file, list):
        expected, got = "COCO's object with images and annotations", f"a list of {len(file)}, like a network's results"
        raise WrongValueError("annotations", expected, got)
    return mapping(file, "annotations")


def images_by_id(given: Mapping[str, Any]) -> dict[Id, CocoImage]:
    """The file's pictures in their order."""
    images: dict[Id, CocoImage] = {}
    for index, item in enumerate(items(given.get("images", Missing()), "images")):
        name = f"images[{index}]"
        image = mapping(item, name)
        number = identifier(image, "id", name)
        if number in images:
            raise WrongValueError(f"{name}.id", "each id once", f"{number} again")
        file_name = _file_name(image.get("file_name", Missing()), f"{name}.file_name")
        images[number] = CocoImage(file_name, _side(image, "width", name), _side(image, "height", name))
    return images


def identifier(of: Mapping[str, Any], key: str, name: str) -> Id:
    """An id, which may be text; "007" and 7 are the same."""
    value = of.get(key, Missing())
    if isinstance(value, str) and value:
        return int(value) if value.isdecimal() else value
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1:
        return int(value)
    raise WrongValueError(f"{name}.{key}", "a whole number or text", described(value))


def _file_name(value: object, name: str) -> str:
    file_name = text(value, name)
    path = PurePosixPath(file_name)
    lengths = [len(part.encode(errors="surrogatepass")) for part in path.parts]
    if path.is_absolute() or ".." in path.parts or max(lengths, default=0) > _LONGEST_NAME or sum(lengths) > _LONGEST:
        raise WrongValueError(name, "a path below the folder", described(value))
    return file_name


def _side(image: Mapping[str, Any], key: str, name: str) -> int | None:
    value = image.get(key)
    return None if value is None else whole(value, f"{name}.{key}")
