"""Pascal VOC's annotations: an XML file for each picture.

Source: Everingham et al., "The PASCAL Visual Object Classes Challenge 2012 Development Kit". Corners are taken as edges
in continuous pixels; of a tool that counts pixels from 1, as VOC did, boxes are a pixel too narrow on the left and top.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from pose.data.json_values import Box, WrongValueError, flag, number, whole
from pose.data.pixel_values import pixel_box
from pose.errors import Missing, described, shown
from pose.train.data.conversion.boxed import BoxedPicture, NamedBox

_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")


def read_voc(file: Path, folder: Path) -> BoxedPicture:
    """The annotation in an XML file below the folder; its objects' `difficult` ones do not count.

    Raises OSError when it cannot be read; ValueError that names the file and the field of what cannot be used.
    """
    try:
        root = _root(file.read_bytes())
        width, height = (_side(root, name) for name in ("width", "height"))
        boxes = tuple(_object(each, f"object[{place}]") for place, each in enumerate(root.iterfind("object")))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    return BoxedPicture(file, PurePosixPath(file.relative_to(folder)), width, height, boxes)


def _root(data: bytes) -> Element:
    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:  # the last two: unknown encodings
        raise WrongValueError("annotation", "XML", f"{len(data)} bytes that cannot be read: {error}") from error
    if root.tag != "annotation":
        raise WrongValueError("annotation", "VOC's <annotation>", f"<{shown(root.tag)}>")
    return root


def _side(root: Element, name: str) -> int | None:
    """A side of the picture; some tools write 0 where they do not know it."""
    value = root.findtext(f"size/{name}")
    return (whole(value, f"size.{name}") or None) if value is not None else None


def _object(given: Element, name: str) -> NamedBox:
    of_class = (given.findtext("name") or "").strip()
    if not of_class:
        raise WrongValueError(f"{name}.name", "the name of a class", described(given.findtext("name", Missing())))
    difficult = (given.findtext("difficult") or "0").strip()
    return NamedBox(of_class, _box(given, f"{name}.bndbox"), flag(difficult, f"{name}.difficult"))


def _box(given: Element, name: str) -> Box:
    sides: dict[str, Any] = {side: given.findtext(f"bndbox/{side}", Missing()) for side in _SIDES}
    left, top, right, bottom = (number(value, f"{name}.{side}") for side, value in sides.items())
    if right < left or bottom < top:
        got = f"{left:g}, {top:g}, {right:g}, {bottom:g}"
        raise WrongValueError(name, "xmin, ymin, xmax, ymax in this order, the greater ones last", got)
    return pixel_box([left, top, right - left, bottom - top], name)
