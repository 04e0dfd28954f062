"""COCO's annotations of boxes: one JSON file for all pictures (https://cocodataset.org/#format-data)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pose.data.json_values import WrongValueError, flag, items, mapping, text
from pose.data.pixel_values import pixel_box
from pose.errors import Missing, shown
from pose.train.data.coco_values import Id, identifier, images_by_id, read_file
from pose.train.data.conversion.boxed import BoxedPicture, NamedBox


def read_coco_boxes(file: Path) -> list[BoxedPicture]:
    """Every picture of the file's `images`, also those without a box; crowds do not count.

    Raises OSError when the file cannot be read; ValueError that names the file and the key of what cannot be used.
    """
    return read_file(file, lambda given: _pictures(given, file))


def _pictures(given: Mapping[str, Any], file: Path) -> list[BoxedPicture]:
    images, names = images_by_id(given), _names(given)
    boxes: dict[Id, list[NamedBox]] = defaultdict(list)
    for index, item in enumerate(items(given.get("annotations", Missing()), "annotations")):
        name = f"annotations[{index}]"
        annotation = mapping(item, name)
        image = _known(annotation, "image_id", name, images)
        boxes[image].append(_box(annotation, name, names))
    return [
        BoxedPicture(file, PurePosixPath(image.file_name), image.width, image.height, tuple(boxes[number]))
        for number, image in images.items()
    ]


def _names(given: Mapping[str, Any]) -> Mapping[Id, str]:
    names = {}
    for index, item in enumerate(items(given.get("categories", Missing()), "categories")):
        name = f"categories[{index}]"
        category = mapping(item, name)
        names[identifier(category, "id", name)] = text(category.get("name", Missing()), f"{name}.name")
    return names


def _box(annotation: Mapping[str, Any], name: str, names: Mapping[Id, str]) -> NamedBox:
    category = _known(annotation, "category_id", name, names)
    box = pixel_box(annotation.get("bbox", Missing()), f"{name}.bbox")
    return NamedBox(names[category], box, flag(annotation.get("iscrowd") or 0, f"{name}.iscrowd"))


def _known(annotation: Mapping[str, Any], key: str, name: str, known: Mapping[Id, object]) -> Id:
    number = identifier(annotation, key, name)
    if number not in known:
        some = ", ".join(map(str, list(known)[:5])) or "none there"
        raise WrongValueError(f"{name}.{key}", f"an id of the file, such as {some}", shown(str(number)))
    return number
