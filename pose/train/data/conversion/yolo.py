"""YOLO's annotations: a text file for each picture, and one with the names of the classes.

Source: https://docs.ultralytics.com/datasets/detect/. A line is a class's number and a box: x and y of its middle,
width, height, in shares of the upright picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from pose.data.json_values import Box, WrongValueError, number, text, whole
from pose.errors import described, shown
from pose.train.data.conversion.boxed import BoxedPicture, NamedBox

NAMES: Final = ("data.yaml", "classes.txt", "obj.names")
"""Files with the names of the classes, as Ultralytics, LabelImg and Darknet call them."""
_SLACK: Final = 0.01  # of the picture: tools round, so that a box at the edge ends a little beyond it
_VALUES: Final = ("x", "y", "width", "height")


def read_class_names(folder: Path) -> Mapping[int, str]:
    """The names of classes by their number, from one of `NAMES` in the folder or the one above; empty without any.

    Raises ValueError that names a file that cannot be used.
    """
    for file in (place / name for place in (folder, folder.resolve().parent) for name in NAMES):
        if file.is_file():
            try:
                return _names(file)
            except ValueError as error:
                raise ValueError(f"{file}: {error}") from error
    return {}


def read_yolo(file: Path, folder: Path, names: Mapping[int, str]) -> BoxedPicture:
    """The annotation in a text file below the folder; a class without a name is called by its number.

    Raises OSError when it cannot be read; ValueError that names the file, the line and what cannot be used.
    """
    try:
        lines = [(place, line.split()) for place, line in enumerate(_text(file).splitlines(), 1)]
        boxes = tuple(_named(values, f"line {place}", names) for place, values in lines if values)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    return BoxedPicture(file, PurePosixPath(file.relative_to(folder)), None, None, boxes, shares=True)


def _text(file: Path) -> str:
    data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongValueError("text", "UTF-8", f"{len(data)} other bytes: {error}") from error


def _names(file: Path) -> Mapping[int, str]:
    if file.suffix != ".yaml":
        return {place: line.strip() for place, line in enumerate(_text(file).splitlines()) if line.strip()}
    given = _mapping(file).get("names")
    pairs = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    if not pairs:
        raise WrongValueError("names", "the classes' names", described(given))
    return {whole(place, "names"): text(name, f"names[{place}]") for place, name in pairs}


def _mapping(file: Path) -> Mapping[str, Any]:
    try:
        values = yaml.safe_load(_text(file))
    except yaml.YAMLError as error:
        raise WrongValueError("text", "YAML", " ".join(str(error).split())) from error
    return values if isinstance(values, dict) else {}


def _named(values: list[str], line: str, names: Mapping[int, str]) -> NamedBox:
    if len(values) != 1 + len(_VALUES):
        expected = f"class, {', '.join(_VALUES)}"
        raise WrongValueError(line, expected, f"{len(values)} values: {shown(' '.join(values))}")
    place = whole(values[0], f"{line}: class")
    if names and place not in names:
        raise WrongValueError(f"{line}: class", f"one of {', '.join(map(str, names))}", str(place))
    return NamedBox(names.get(place, str(place)), _box(values[1:], line))


def _box(values: list[str], line: str) -> Box:
    x, y, width, height = (_share(value, f"{line}: {name}") for value, name in zip(values, _VALUES, strict=True))
    return x - width / 2, y - height / 2, width, height


def _share(value: str, name: str) -> float:
    share = number(value, name)
    if not 0 <= share <= 1 + _SLACK:
        raise WrongValueError(name, "a share of the picture, 0 to 1", value)
    return share
