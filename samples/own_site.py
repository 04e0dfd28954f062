"""Makes a tiny site of one's own from the sample pictures, to try docs/custom-data.md with.

    python -m samples.own_site DIR

The same heads are written as VOC, YOLO and COCO, each in a folder of its own: two pictures to train on, one held back.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

SAMPLES: Final = Path(__file__).resolve().parent
PARTS: Final = {"train": ("portrait.jpg", "site_far.jpg"), "held-back": ("site_two.jpg",)}
CLASSES: Final = ("hat", "no_helmet", "loose hat")
Box = tuple[int, int, int, int]  # left, top, width, height in pixels


@dataclass(frozen=True, slots=True)
class Scene:
    """A sample picture. boxes: each with the name of its class."""

    name: str
    width: int
    height: int
    boxes: tuple[tuple[str, Box], ...]


def scenes(names: Sequence[str]) -> list[Scene]:
    """The sample pictures of these names."""
    known = json.loads((SAMPLES / "scenes.json").read_text(encoding="utf-8"))
    return [Scene(name, known[name]["width"], known[name]["height"], _boxes(known[name]["people"])) for name in names]


def _boxes(people: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, Box], ...]:
    heads = [("hat" if person["worn"] else "no_helmet", person["head"]) for person in people]
    loose = [("loose hat", person["hat"]) for person in people if not person["worn"]]
    return tuple((name, (box["left"], box["top"], box["width"], box["height"])) for name, box in [*heads, *loose])


def write_voc(folder: Path, pictures: Sequence[Scene]) -> None:
    """NAME.xml beside NAME.jpg."""
    for scene in pictures:
        objects = "".join(
            f"<object><name>{escape(name)}</name><bndbox><xmin>{x}</xmin><ymin>{y}</ymin>"
            f"<xmax>{x + width}</xmax><ymax>{y + height}</ymax></bndbox></object>\n"
            for name, (x, y, width, height) in scene.boxes
        )
        size = f"<size><width>{scene.width}</width><height>{scene.height}</height><depth>3</depth></size>\n"
        text = f"<annotation>\n<filename>{scene.name}</filename>\n{size}{objects}</annotation>\n"
        _write(folder / Path(scene.name).with_suffix(".xml"), text)
        _copy(scene.name, folder)


def write_yolo(folder: Path, pictures: Sequence[Scene]) -> None:
    """labels/NAME.txt and images/NAME.jpg, and the classes' names in data.yaml one folder above."""
    for scene in pictures:
        lines = []
        for name, (x, y, width, height) in scene.boxes:
            shares = ((x + width / 2) / scene.width, (y + height / 2) / scene.height)
            values = (*shares, width / scene.width, height / scene.height)
            lines.append(f"{CLASSES.index(name)} {' '.join(f'{value:.6f}' for value in values)}\n")
        _write(folder / "labels" / Path(scene.name).with_suffix(".txt"), "".join(lines))
        _copy(scene.name, folder / "images")
    _write(folder.parent / "data.yaml", f"names: {json.dumps(CLASSES)}\n")


def write_coco(folder: Path, pictures: Sequence[Scene]) -> None:
    """annotations.json beside the pictures."""
    for scene in pictures:
        _copy(scene.name, folder)
    file = {
        "images": [
            {"id": number, "file_name": scene.name, "width": scene.width, "height": scene.height}
            for number, scene in enumerate(pictures)
        ],
        "annotations": [
            {"image_id": number, "category_id": CLASSES.index(name), "bbox": box, "iscrowd": 0}
            for number, scene in enumerate(pictures)
            for name, box in scene.boxes
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(CLASSES)],
    }
    _write(folder / "annotations.json", json.dumps(file, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _copy(name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLES / name, folder)


def main(arguments: Sequence[str]) -> None:
    """Write the site into a folder."""
    site = Path(*arguments)
    for part, names in PARTS.items():
        for kind, write in (("voc", write_voc), ("yolo", write_yolo), ("coco", write_coco)):
            write(site / kind / part, scenes(names))
            print(f"wrote {site / kind / part}")


if __name__ == "__main__":
    main(sys.argv[1:])
