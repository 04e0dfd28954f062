"""Reads a file of COCO keypoint annotations: its pictures and their people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pose.data.json_values import Box, WrongValueError, flag, items, mapping
from pose.data.pixel_values import Keypoints, check_visibility, keypoints, pixel_box
from pose.errors import Missing, shown
from pose.skeleton import COCO_KEYPOINTS
from pose.train.data.coco_values import CocoImage, Id, identifier, images_by_id, read_file

_PERSON: Final = "person"  # COCO's name of the category, and its id where a file has no categories
_PERSON_ID: Final = 1


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
    """A picture with annotated people."""

    image: CocoImage
    people: tuple[CocoPerson, ...]


def read_coco(path: Path) -> list[CocoPicture]:
    """The pictures with annotated people, in the order of `images`.

    Raises OSError when the file cannot be read; ValueError that names the file and the key of what cannot be used.
    """
    return read_file(path, _pictures)


def _pictures(given: Mapping[str, Any]) -> list[CocoPicture]:
    images = images_by_id(given)
    categories, annotations = _categories(given), items(given.get("annotations", Missing()), "annotations")
    people = _people(annotations, categories)
    if not people:
        of_people = ", ".join(str(category) for category, places in categories.items() if places)
        raise WrongValueError("annotations", f"some of category_id {of_people}", f"none among {len(annotations)}")
    annotated = [image for image in images if image in people]
    if not annotated:
        got = f"{len(people)} others, such as {shown(str(next(iter(people))))}"
        raise WrongValueError("annotations", "image_ids of images", got)
    return [CocoPicture(images[image], tuple(people[image])) for image in annotated]


def _categories(given: Mapping[str, Any]) -> dict[Id, Places | None]:
    """Category -> the indices of COCO's keypoints among its own; None for a category other than people."""
    categories: dict[Id, Places | None] = {}
    for index, item in enumerate(items(given.get("categories") or [], "categories")):
        name = f"categories[{index}]"
        category = mapping(item, name)
        number = identifier(category, "id", name)
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
            places = categories.get(identifier(annotation, "category_id", name))
        if places is not None:
            people[identifier(annotation, "image_id", name)].append(_person(annotation, name, places))
    return people


def _person(annotation: Mapping[str, Any], name: str, places: Places) -> CocoPerson:
    given = annotation.get("keypoints")
    if given and not flag(annotation.get("iscrowd") or 0, f"{name}.iscrowd"):
        points = keypoints(given, f"{name}.keypoints", places.count)
        check_visibility(points, f"{name}.keypoints")
        if any(seen for _, _, seen in points):
            return CocoPerson(tuple(points[place] for place in places.of_coco), None)
    return CocoPerson(None, pixel_box(annotation.get("bbox", Missing()), f"{name}.bbox"))
