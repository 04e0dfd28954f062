"""Reads a file of COCO keypoint annotations: its pictures and their people.

Source: https://cocodataset.org/#format-data; deviations with a clear meaning are read too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pose.data.json_values import Box, WrongValueError, flag, items, mapping, parse, text, whole
from pose.data.lookalikes import lookalike
from pose.data.pixel_values import Keypoints, check_visibility, keypoints, pixel_box
from pose.errors import Missing, described, shown
from pose.skeleton import COCO_KEYPOINTS

_PERSON: Final = "person"  # COCO's name of the category, and its id where a file has no categories
_PERSON_ID: Final = 1
_LONGEST_NAME: Final = 255  # bytes of a file's name (path_resolution(7))
_LONGEST: Final = 2048  # bytes: half of the longest path, as the folder is added before it
Id = int | str


@dataclass(frozen=True, slots=True)
class Places:
    """count: of an annotation's keypoints. of_coco: the index of each of COCO's 17 among them."""

    count: int
    of_coco: tuple[int, ...]


_IN_ORDER: Final = Places(17, tuple(range(17)))


@dataclass(frozen=True, slots=True)
class CocoPerson:
    """An annotated person or crowd.

    keypoints: 17 in COCO's order, in pixel indices; None for a crowd or without a labelled one.
    box: left, top, width, height; None where there are keypoints.
    """

    keypoints: Keypoints | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class CocoPicture:
    """file_name: a path below the folder of the pictures. width, height: None where the file has none."""

    file_name: str
    width: int | None
    height: int | None
    people: tuple[CocoPerson, ...]


def read_coco(path: Path) -> list[CocoPicture]:
    """The pictures with annotated people, in the order of `images`.

    Raises OSError when the file cannot be read; ValueError that names the file and the key of what cannot be used.
    """
    if got := lookalike(path):
        raise ValueError(f"{path}: expected COCO's JSON, got {got}")
    try:
        return _pictures(parse(path.read_bytes(), "annotations"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _pictures(file: object) -> list[CocoPicture]:
    if isinstance(file, list):
        expected, got = "COCO's object with images and annotations", f"a list of {len(file)}, like a network's results"
        raise WrongValueError("annotations", expected, got)
    given = mapping(file, "annotations")
    images = _images(items(given.get("images", Missing()), "images"))
    categories, annotations = _categories(given), items(given.get("annotations", Missing()), "annotations")
    people = _people(annotations, categories)
    if not people:
        of_people = ", ".join(str(category) for category, places in categories.items() if places)
        raise WrongValueError("annotations", f"some of category_id {of_people}", f"none among {len(annotations)}")
    annotated = [image for image in images if image in people]
    if not annotated:
        got = f"{len(people)} others, such as {shown(str(next(iter(people))))}"
        raise WrongValueError("annotations", "image_ids of images", got)
    return [CocoPicture(*images[image], tuple(people[image])) for image in annotated]


def _images(given: list[Any]) -> dict[Id, tuple[str, int | None, int | None]]:
    images: dict[Id, tuple[str, int | None, int | None]] = {}
    for index, item in enumerate(given):
        name = f"images[{index}]"
        image = mapping(item, name)
        number = _id(image, "id", name)
        if number in images:
            raise WrongValueError(f"{name}.id", "each id once", f"{number} again")
        file_name = _file_name(image.get("file_name", Missing()), f"{name}.file_name")
        images[number] = file_name, _side(image, "width", name), _side(image, "height", name)
    return images


def _file_name(value: object, name: str) -> str:
    file_name = text(value, name)
    path = PurePosixPath(file_name)
    lengths = [len(part.encode(errors="surrogatepass")) for part in path.parts]
    if path.is_absolute() or ".." in path.parts or max(lengths, default=0) > _LONGEST_NAME or sum(lengths) > _LONGEST:
        raise WrongValueError(name, "a path below the folder", described(value))
    return file_name


def _categories(given: Mapping[str, Any]) -> dict[Id, Places | None]:
    """Category -> the indices of COCO's keypoints among its own; None for a category other than people."""
    categories: dict[Id, Places | None] = {}
    for index, item in enumerate(items(given.get("categories") or [], "categories")):
        name = f"categories[{index}]"
        category = mapping(item, name)
        number = _id(category, "id", name)
        if number in categories:
            raise WrongValueError(f"{name}.id", "each id once", f"{shown(str(number))} again")
        categories[number] = _places(category, name)
    if categories and not any(categories.values()):
        names = ", ".join(shown(str(item.get("name"))) for item in given["categories"])
        raise WrongValueError("categories", f"one of the name {_PERSON}", names)
    return categories or {_PERSON_ID: _IN_ORDER}


def _places(category: Mapping[str, Any], name: str) -> Places | None:
    given = items(category.get("keypoints") or [], f"{name}.keypoints")
    own = [re.sub(r"[\s-]+", "_", str(each).strip().lower()) for each in given]
    if set(COCO_KEYPOINTS) <= set(own):
        return Places(len(own), tuple(own.index(each) for each in COCO_KEYPOINTS))
    if str(category.get("name")).strip().lower() != _PERSON:
        return None
    if len(set(own)) < max(len(own), 1):  # no names, or some of them twice
        return _IN_ORDER
    raise WrongValueError(f"{name}.keypoints", "COCO's 17 among them", f"{len(own)}: {shown(', '.join(own))}")


def _people(given: list[Any], categories: Mapping[Id, Places | None]) -> dict[Id, list[CocoPerson]]:
    people: dict[Id, list[CocoPerson]] = defaultdict(list)
    for index, item in enumerate(given):
        name = f"annotations[{index}]"
        annotation = mapping(item, name)
        if len(categories) == 1 and annotation.get("category_id") is None:
            (places,) = categories.values()
        else:
            places = categories.get(_id(annotation, "category_id", name))
        if places is not None:
            people[_id(annotation, "image_id", name)].append(_person(annotation, name, places))
    return people


def _person(annotation: Mapping[str, Any], name: str, places: Places) -> CocoPerson:
    given = annotation.get("keypoints")
    if given and not flag(annotation.get("iscrowd") or 0, f"{name}.iscrowd"):
        points = keypoints(given, f"{name}.keypoints", places.count)
        check_visibility(points, f"{name}.keypoints")
        if any(seen for _, _, seen in points):
            return CocoPerson(tuple(points[place] for place in places.of_coco), None)
    return CocoPerson(None, pixel_box(annotation.get("bbox", Missing()), f"{name}.bbox"))


def _id(of: Mapping[str, Any], key: str, name: str) -> Id:
    """An id, which may be text; "007" and 7 are the same."""
    value = of.get(key, Missing())
    if isinstance(value, str) and value:
        return int(value) if value.isdecimal() else value
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1:
        return int(value)
    raise WrongValueError(f"{name}.{key}", "a whole number or text", described(value))


def _side(image: Mapping[str, Any], key: str, name: str) -> int | None:
    value = image.get(key)
    return None if value is None else whole(value, f"{name}.{key}")
