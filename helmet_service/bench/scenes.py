"""What happens to a labelled picture before it is judged: another view, and the hats of an imagined detector.

A *view* changes pixels and labels together (rolled, small on a large canvas, in haze); a *condition* is a view with one
kind of detector. Random numbers are seeded by the picture's name: a picture always gives the same scene.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from helmet_service.bench.weather import dusk, glare, haze
from helmet_service.verdicts.boxes import Box, Hat, overlaps
from pose.data.labels import WHOLE_HEAD
from pose.data.shards import LabelledPicture
from pose.skeleton import LEFT_HIP, LEFT_WRIST, RIGHT_HIP, RIGHT_WRIST, Person

Boxes = NDArray[np.float64]

AS_IT_IS: Final = "as it is"
SHELL: Final = 0.55  # of a whole head's box, from its top: about the helmet without the face
JITTER: Final = 0.1  # of the box's sides, either way
CANVAS: Final = (1920, 1080)
MOST_OVERLAP: Final = 0.1  # of a false hat with a labelled head, intersection over union
STEEPNESS: Final = 35.0  # degrees
SHIELD: Final = (0.6, 0.4)  # of a head's box: how far below its top a face shield's middle lies, and its radius
_GREY: Final = (114, 114, 114)
_TRIES: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and its labels.

    pixels: (H, W, 3) uint8 BGR. heads: labelled head boxes, (n, 4) left, top, width, height in pixels. worn: which of
    them wear a helmet, (n,) bool. ignore: boxes of regions where nothing counts, (m, 4).
    """

    name: str
    pixels: NDArray[np.uint8]
    heads: Boxes
    worn: NDArray[np.bool_]
    ignore: Boxes


View = Callable[[Scene, np.random.Generator], Scene]
Detection = tuple[NDArray[np.bool_], Boxes]
"""Which labelled heads wear a hat that the detector found, (n,) bool, and the boxes of all its hats, (k, 4)."""
Detector = Callable[[Scene, Sequence[Person], np.random.Generator], Detection]


@dataclass(frozen=True, slots=True)
class Condition:
    """A view, by its key in `VIEWS`, and a hat detector."""

    name: str
    view: str
    detector: Detector


def labels_every_head(picture: LabelledPicture) -> bool:
    """Whether the labels box all heads, and as whole heads: else neither ghosts nor hats follow from them."""
    return picture.labels.heads_complete and picture.labels.boxes == WHOLE_HEAD


def scene_of(picture: LabelledPicture, unlabelled: Sequence[Sequence[float]] = ()) -> Scene:
    """The picture as it is; unlabelled: boxes of real heads without a label, which are ignored."""
    audited = np.array(unlabelled, float).reshape(-1, 4)
    ignore = np.concatenate([picture.ignore, audited])
    return Scene(picture.name, picture.pixels, picture.heads, picture.helmeted, ignore)


def seen_as(scene: Scene, view: str) -> Scene:
    """The scene in a view of `VIEWS`."""
    return VIEWS[view](scene, generator_of(scene, view))


def detect_hats(scene: Scene, condition: Condition, people: Sequence[Person]) -> tuple[Scene, list[Hat]]:
    """The scene with `worn` as far as the detector's hats show it, and these hats."""
    worn, boxes = condition.detector(scene, people, generator_of(scene, condition.name))
    return replace(scene, worn=worn), [Hat(Box(*box), None, index) for index, box in enumerate(boxes.tolist())]


def generator_of(scene: Scene, purpose: str) -> np.random.Generator:
    """Random numbers for one purpose in one picture."""
    return np.random.default_rng([0, zlib.crc32(f"{scene.name} {purpose}".encode())])


def rolled(degrees: float) -> View:
    """The camera turned about its axis: the canvas grows, in grey; heads' boxes keep their sizes."""

    def view(scene: Scene, generator: np.random.Generator) -> Scene:  # noqa: ARG001
        matrix, size = turn_of(scene, degrees)
        of_indices = matrix.copy()  # OpenCV counts from the first pixel's centre, we from its corner
        of_indices[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        pixels = cv2.warpAffine(scene.pixels, of_indices, size, borderValue=_GREY).astype(np.uint8, copy=False)
        heads = _moved(scene.heads, matrix, scene.heads[:, 2:])
        return replace(scene, pixels=pixels, heads=heads, ignore=covered(scene.ignore, matrix))

    return view


def turn_of(scene: Scene, degrees: float) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The (2, 3) matrix that turns the picture's points, and the width and height of the turned picture."""
    height, width = scene.pixels.shape[:2]
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), float)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = round(width * cosine + height * sine), round(width * sine + height * cosine)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return matrix, size


def covered(boxes: Boxes, matrix: Boxes) -> Boxes:
    """The upright boxes, (n, 4), that cover boxes turned by a (2, 3) matrix."""
    return _moved(boxes, matrix, boxes[:, 2:] @ np.abs(matrix[:, :2]).T)


def far_away(share: float) -> View:
    """The picture at this share of its size, somewhere on a large grey canvas."""

    def view(scene: Scene, generator: np.random.Generator) -> Scene:
        small = cv2.resize(scene.pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        height, width = small.shape[:2]
        left, top = (int(generator.integers(0, room + 1)) for room in (CANVAS[0] - width, CANVAS[1] - height))
        pixels = np.full((CANVAS[1], CANVAS[0], 3), _GREY, np.uint8)
        pixels[top : top + height, left : left + width] = small
        moved = (left, top, 0, 0)
        return replace(scene, pixels=pixels, heads=scene.heads * share + moved, ignore=scene.ignore * share + moved)

    return view


def seen_through(change: Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]) -> View:
    """The picture with other pixels and the same labels."""
    return lambda scene, generator: replace(scene, pixels=change(scene.pixels, generator))


def steeply_above(scene: Scene, generator: np.random.Generator) -> Scene:  # noqa: ARG001  a view
    """The picture's top leans towards the camera: large heads, short bodies; boxes grow with areas."""
    height, width = scene.pixels.shape[:2]
    lean = np.diag([1.0, np.cos(np.radians(STEEPNESS)), 1.0])
    lean[2, 1] = np.sin(np.radians(STEEPNESS)) / (1.5 * max(height, width))
    middle = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
    matrix = middle @ lean @ np.linalg.inv(middle)
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV counts from the first pixel's centre
    of_indices = np.linalg.inv(centre) @ matrix @ centre
    pixels = cv2.warpPerspective(scene.pixels, of_indices, (width, height), borderValue=_GREY)
    seen = replace(scene, pixels=pixels.astype(np.uint8, copy=False), ignore=_leaning(scene.ignore, matrix))
    return replace(seen, heads=_leaning(scene.heads, matrix))


def with_shields(scene: Scene, generator: np.random.Generator) -> Scene:  # noqa: ARG001  a view
    """A dark disc before the face of every labelled head, like a welding mask."""
    pixels = scene.pixels.copy()
    for left, top, width, height in scene.heads:
        middle = round(left + width / 2), round(top + SHIELD[0] * height)
        cv2.circle(pixels, middle, round(SHIELD[1] * max(width, height)), (30, 30, 30), cv2.FILLED)
    return replace(scene, pixels=pixels)


VIEWS: Final[dict[str, View]] = {
    AS_IT_IS: lambda scene, _: scene,
    "rolled by 15 degrees": rolled(15),
    "rolled by 45 degrees": rolled(45),
    "rolled by 90 degrees": rolled(90),
    "rolled by 180 degrees": rolled(180),
    "half the size on 1920x1080": far_away(0.5),
    "a quarter of the size on 1920x1080": far_away(0.25),
    "in haze": seen_through(haze),
    "at dusk": seen_through(dusk),
    "in glare": seen_through(glare),
    "from steeply above": steeply_above,
    "faces behind shields": with_shields,
}


def upper_part(share: float) -> Detector:
    """A detector that finds every helmet; its boxes are the upper `share` of the labelled boxes of whole heads."""
    return lambda scene, _people, _generator: (scene.worn, scene.heads[scene.worn] * (1, 1, 1, share))


def jittered(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:  # noqa: ARG001
    """Every edge moved by up to a tenth of the box's side."""
    boxes = scene.heads[scene.worn]
    off = generator.uniform(-JITTER, JITTER, (len(boxes), 2, 2)) * boxes[:, None, 2:]
    start, end = boxes[:, :2] + off[:, 0], boxes[:, :2] + boxes[:, 2:] + off[:, 1]
    return scene.worn, np.concatenate([start, end - start], axis=1)


def missed(share: float) -> Detector:
    """A detector that misses this share of the hats; heads with a missed hat count as bare."""

    def detector(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:  # noqa: ARG001
        found = scene.worn & (generator.random(len(scene.worn)) >= share)
        return found, scene.heads[found]

    return detector


def one_false(scene: Scene, people: Sequence[Person], generator: np.random.Generator) -> Detection:
    """The labelled hats and one that nobody wears: by a hip or hand, near a head, or anywhere, equally often."""
    height, width = scene.pixels.shape[:2]
    sides = np.sqrt(scene.heads[:, 2] * scene.heads[:, 3])
    side = float(generator.choice(sides)) if len(sides) else 0.08 * height
    where = generator.integers(3)
    for _ in range(_TRIES):
        spot = generator.uniform((0, 0), (width, height))
        if where == 0 and len(held := _hips_and_wrists(people)):
            spot = generator.choice(held) + generator.uniform(-0.3, 0.3, 2) * side
        if where == 1 and len(scene.heads):
            left, top, breadth, length = generator.choice(scene.heads)
            angle, away = generator.uniform(0, 2 * np.pi), generator.uniform(0.7, 1.5) * max(breadth, length)
            spot = np.array([left + breadth / 2 + away * np.cos(angle), top + length / 2 + away * np.sin(angle)])
        box = Box(float(spot[0]) - side / 2, float(spot[1]) - side / 2, side, side)
        if (overlaps(box, scene.heads) <= MOST_OVERLAP).all() and (spot >= 0).all() and (spot < (width, height)).all():
            return scene.worn, np.concatenate([scene.heads[scene.worn], [(box.left, box.top, side, side)]])
    return scene.worn, scene.heads[scene.worn]


def _in_view(*views: str) -> tuple[Condition, ...]:
    return tuple(Condition(view, view, upper_part(1)) for view in views)


DETECTED: Final = (
    Condition("whole heads", AS_IT_IS, upper_part(1)),
    Condition("shells", AS_IT_IS, upper_part(SHELL)),
    Condition("jittered", AS_IT_IS, jittered),
    Condition("a tenth of the hats missed", AS_IT_IS, missed(0.1)),
    Condition("one false hat", AS_IT_IS, one_false),
)
"""What hat detectors do: confidences are fitted and measured on this mix."""
HALF_MISSED: Final = Condition("half of the hats missed", AS_IT_IS, missed(0.5))
"""Shows how bare heads are judged where hardly anybody is bare, as on plant cameras."""
CONDITIONS: Final = (
    *DETECTED,
    HALF_MISSED,
    *_in_view("rolled by 15 degrees", "rolled by 45 degrees", "rolled by 90 degrees"),
    *_in_view("half the size on 1920x1080", "a quarter of the size on 1920x1080"),
)
"""What `python -m helmet_service bench` measures."""
HARDER: Final = _in_view(
    *(view for view in VIEWS if view.startswith("rolled")),
    *("in haze", "at dusk", "in glare", "from steeply above", "faces behind shields"),
)
"""What `python -m benchmarks.harder_views` measures beside the plain picture."""


def _hips_and_wrists(people: Sequence[Person]) -> Boxes:
    rows = [person.keypoints[[RIGHT_WRIST, LEFT_WRIST, RIGHT_HIP, LEFT_HIP]] for person in people]
    points = np.concatenate([np.zeros((0, 3)), *rows])
    return points[points[:, 2] > 0, :2].astype(np.float64)


def _leaning(boxes: Boxes, matrix: Boxes) -> Boxes:
    """Boxes moved by a (3, 3) matrix: it moves their centres, and their sides grow as the root of the area there."""
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    placed = centres @ matrix[:, :2].T + matrix[:, 2]
    depths = placed[:, 2:]
    sizes = boxes[:, 2:] * np.sqrt(np.linalg.det(matrix) / depths**3)
    return np.concatenate([placed[:, :2] / depths - sizes / 2, sizes], axis=1)


def _moved(boxes: Boxes, matrix: Boxes, sizes: Boxes) -> Boxes:
    """Boxes of these sizes, (n, 2), about the centres of `boxes`, moved by a (2, 3) matrix."""
    centres = (boxes[:, :2] + boxes[:, 2:] / 2) @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([centres - sizes / 2, sizes], axis=1)
