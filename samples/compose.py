"""Makes the sample pictures from photographs of installed packages; see README.md beside this file.

    python samples/compose.py [CHECKOUT]

Every picture is a collage: people cut out of their portraits stand between a gravel bank and a launch pad at dusk.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from matplotlib import cbook
from numpy.typing import NDArray
from skimage import data

Pixels = NDArray[np.uint8]
Edges = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Portrait:
    """A photograph (H, W, 3) of one person.

    cover: the person's share of each pixel, (H, W) in [0, 1]. head, hat: edges of the whole head, with what it wears,
    and of the cap or helmet, in pixels of the photograph; worn: whether it is worn or held.
    """

    pixels: Pixels
    cover: NDArray[np.float32]
    head: Edges
    hat: Edges
    worn: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a portrait goes: x of its left edge and y of its lower edge in the picture, its scale, mirrored or not."""

    who: str
    left: int
    bottom: int
    scale: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture to compose; people at the back first. bank: the y from which a gravel bank hides them."""

    width: int
    height: int
    bank: int
    people: tuple[Placed, ...]


SCENES: Final[dict[str, Scene]] = {
    "site_two.jpg": Scene(1280, 720, 600, (Placed("collins", 250, 620, 0.62), Placed("hopper", 760, 620, 0.50))),
    "site_far.jpg": Scene(
        1280,
        720,
        560,
        (
            Placed("hopper", 80, 570, 0.28),
            Placed("collins", 330, 570, 0.34, mirrored=True),
            Placed("hopper", 590, 570, 0.34, mirrored=True),
            Placed("collins", 820, 570, 0.42),
            Placed("hopper", 1060, 570, 0.24),
        ),
    ),
    "portrait.jpg": Scene(720, 1280, 1080, (Placed("hopper", 60, 1100, 0.55), Placed("collins", 330, 1100, 0.70))),
}
THUMBNAIL_PX: Final = 240  # of the longer side
WARM_UP: Final = Scene(384, 288, 250, (Placed("collins", 105, 256, 0.28),))


@cache
def portraits() -> dict[str, Portrait]:
    """Eileen Collins with her helmet in her arm (NASA) and Grace Hopper in her cap (US Navy)."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        hopper = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
    collins = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    return {
        "collins": Portrait(collins, cut_out(collins, _COLLINS), (152, 16, 302, 190), (279, 344, 512, 512), worn=False),
        "hopper": Portrait(hopper, cut_out(hopper, _HOPPER), (145, 22, 372, 334), (145, 22, 372, 150), worn=True),
    }


# Clockwise from the top of the head; GrabCut finds the exact edge inside.
_COLLINS: Final = (
    (228, 5), (270, 12), (300, 40), (308, 100), (270, 140), (266, 172), (292, 190), (310, 215), (305, 245), (350, 270),
    (365, 350), (400, 335), (470, 345), (511, 400), (511, 511), (18, 511), (18, 400), (30, 300), (60, 260), (110, 235),
    (108, 185), (140, 150), (165, 130), (148, 95), (150, 50), (180, 12),
)  # fmt: skip
_HOPPER: Final = (
    (270, 15), (310, 18), (340, 40), (380, 90), (372, 140), (375, 200), (375, 250), (345, 310), (340, 330), (400, 350),
    (480, 372), (511, 400), (511, 599), (10, 599), (20, 430), (50, 378), (130, 360), (190, 330), (165, 310), (150, 260),
    (155, 190), (150, 150), (140, 110), (165, 60), (200, 25),
)  # fmt: skip


def cut_out(photograph: Pixels, polygon: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """The person's share of each pixel, (H, W) in [0, 1]; the edge, inside the polygon, is two pixels soft."""
    outline = np.array(polygon)
    marks = np.full(photograph.shape[:2], cv2.GC_BGD, np.uint8)
    cv2.fillPoly(marks, [outline], cv2.GC_PR_FGD)
    cv2.polylines(marks, [outline], True, cv2.GC_PR_BGD, 9)
    sure = cv2.erode((marks == cv2.GC_PR_FGD).astype(np.uint8), np.ones((31, 31)), borderValue=1)
    marks[sure > 0] = cv2.GC_FGD
    cv2.setRNGSeed(0)
    cv2.grabCut(photograph, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    person = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return cv2.GaussianBlur(cv2.erode(person, np.ones((3, 3))), (0, 0), 1.2)


def launch_pad(width: int, height: int) -> Pixels:
    """SpaceX's launch pad, scaled and cropped to cover the picture."""
    photograph = cv2.cvtColor(data.rocket(), cv2.COLOR_RGB2BGR)
    scale = max(width / photograph.shape[1], height / photograph.shape[0])
    large = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width].copy()


def gravel_bank(width: int, height: int) -> Pixels:
    """A heap of gravel in front, lighter along its upper edge."""
    stones = cv2.resize(data.gravel(), (384, 384), interpolation=cv2.INTER_AREA)
    tiles = np.tile(stones, (height // 384 + 1, width // 384 + 1))[:height, :width].astype(np.float32)
    light = np.linspace(1.0, 0.6, height, dtype=np.float32)[:, None]
    bank = (tiles * light)[..., None] * np.array((0.75, 0.85, 0.95), np.float32)
    return np.clip(bank, 0, 255).astype(np.uint8)


def paste(picture: Pixels, portrait: Portrait, placed: Placed) -> None:
    """Paint the person into the picture, in place."""
    height, width = (round(side * placed.scale) for side in portrait.cover.shape)
    person = cv2.resize(portrait.pixels, (width, height), interpolation=cv2.INTER_AREA)
    share = cv2.resize(portrait.cover, (width, height), interpolation=cv2.INTER_AREA)[..., None]
    if placed.mirrored:
        person, share = person[:, ::-1], share[:, ::-1]
    x, y = placed.left, placed.bottom - height
    window = picture[y : y + height, x : x + width]
    window[:] = np.rint(person * share + window * (1 - share)).astype(np.uint8)


def box(edges: Edges, portrait: Portrait, placed: Placed, scene: Scene) -> dict[str, int]:
    """What `edges` of the portrait enclose, as far as the bank does not hide it, in whole pixels of the picture."""
    height, width = (round(side * placed.scale) for side in portrait.cover.shape)
    left, top, right, bottom = (edge * placed.scale for edge in edges)
    if placed.mirrored:
        left, right = width - right, width - left
    x, y = placed.left, placed.bottom - height
    left, top, right, bottom = round(x + left), round(y + top), round(x + right), round(y + bottom)
    return {"left": left, "top": top, "width": right - left, "height": min(bottom, scene.bank) - top}


def compose(scene: Scene, cast: dict[str, Portrait]) -> tuple[Pixels, list[dict[str, object]]]:
    """The picture, and for each person of the scene: who, the boxes of head and hat, and whether the hat is worn."""
    picture, known = launch_pad(scene.width, scene.height), []
    for placed in scene.people:
        portrait = cast[placed.who]
        paste(picture, portrait, placed)
        boxes = {what: box(getattr(portrait, what), portrait, placed, scene) for what in ("head", "hat")}
        known.append({"who": placed.who, **boxes, "worn": portrait.worn})
    picture[scene.bank :] = gravel_bank(scene.width, scene.height - scene.bank)
    return picture, known


def thumbnail(picture: Pixels) -> Pixels:
    """The picture, made small: the page at `/ui` offers it to be chosen."""
    scale = THUMBNAIL_PX / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def main(arguments: Sequence[str]) -> None:
    """Write samples/ with its scenes.json, and model/warmup.jpg, in the checkout."""
    checkout = Path(arguments[0]) if arguments else Path(__file__).parents[1]
    cast, scenes = portraits(), {}
    for name, scene in SCENES.items():
        picture, known = compose(scene, cast)
        write(checkout / "samples" / name, picture)
        write(checkout / "samples" / "thumbnails" / name, thumbnail(picture))
        scenes[name] = {"width": scene.width, "height": scene.height, "people": known}
    (checkout / "samples" / "scenes.json").write_text(json.dumps(scenes, indent=1) + "\n")
    write(checkout / "model" / "warmup.jpg", compose(WARM_UP, cast)[0])


def write(path: Path, picture: Pixels) -> None:
    """Save as a JPEG of quality 85; the folder is made if need be."""
    path.parent.mkdir(exist_ok=True)
    if not cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 85]):
        raise OSError(f"{path} cannot be written")


if __name__ == "__main__":
    main(sys.argv[1:])
