"""The cases that the default matcher must get right: who stands where, what lies where, and what is to be said.

`python -m tests.helmet_service.verdicts.sheet` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import Judgement, LooseReason, Reason, Status
from pose.skeleton import LEFT_ELBOW, LEFT_KNEE, LEFT_WRIST, NECK, RIGHT_KNEE, Headwear, Person
from tests.helmet_service.verdicts.scenes import (
    BACK,
    EARS_NO_FACE,
    EVERYTHING,
    FROM_ABOVE,
    HEADLESS,
    Scene,
    bent,
    bent_head,
    hat_at,
    leaning,
    numbered,
    worker,
)

Outcome = tuple[Status, Reason, int | None]

BARE: Final[Outcome] = ("no_helmet", "bare_head", None)
NOT_WORN: Final[Outcome] = ("no_helmet", "hat_not_worn", None)
NOT_SEEN: Final[Outcome] = ("unknown", "head_not_seen", None)
BOXED_IN_VAIN: Final[Outcome] = ("no_helmet", "bare_head", 0)
CONTESTED: Final[Outcome] = ("unknown", "contested_hat", None)


def wears(hat: int = 0) -> Outcome:
    return "helmet", "hat_on_head", hat


def too_small(hat: int | None = None) -> Outcome:
    return "unknown", "head_too_small", hat


def disagree(hat: int | None = None) -> Outcome:
    return "unknown", "sources_disagree", hat


@dataclass(frozen=True, slots=True)
class Case:
    """A scene and what is right: an outcome a person, a reason for each hat on nobody's head, by its index."""

    name: str
    scene: Scene
    people: tuple[Outcome, ...]
    unmatched: tuple[tuple[int, LooseReason], ...]


def outcomes(judgement: Judgement) -> tuple[Outcome, ...]:
    return tuple((verdict.status, verdict.reason, verdict.hat) for verdict in judgement.people)


def unmatched(judgement: Judgement) -> tuple[tuple[int, LooseReason], ...]:
    return tuple((hat.hat, hat.reason) for hat in judgement.unmatched)


def _case(
    name: str,
    people: list[Person],
    hats: list[Hat],
    expected: list[Outcome],
    loose: dict[int, LooseReason] | None = None,
) -> Case:
    """A case in a picture of 300 x 300 pixels."""
    scene = Scene(tuple(people), tuple(numbered(hats)), 300, 300)
    return Case(name, scene, tuple(expected), tuple((loose or {}).items()))


# What a crop of the head shows, the less a helmet the later.
HELMET, LIKELY, PERHAPS, HARDLY, HAIR = (Headwear(worn, 0.99 - worn) for worn in (0.97, 0.6, 0.4, 0.02, 0.002))
ALONE: Final = worker(150, 60)
TOUCHING: Final = {LEFT_ELBOW: (1.05, 0.3), LEFT_WRIST: (0.5, -0.3)}
RAISED: Final = {LEFT_ELBOW: (1.1, 0.35), LEFT_WRIST: (0.95, -0.45)}
CARRYING: Final = {LEFT_ELBOW: (0.95, 1.35), LEFT_WRIST: (0.55, 2.05)}
SITTING: Final = {RIGHT_KNEE: (0.8, 2.5), LEFT_KNEE: (1.4, 2.4), LEFT_WRIST: (0.9, 2.0)}
BENT_60: Final = bent_head(80, 80, 40, 60)
BENT_90: Final = bent_head(80, 80, 40, 90)

WORN: Final = (
    _case("shell boxed", [ALONE], [hat_at(150, 60, shell=True)], [wears()]),
    _case("whole head boxed", [ALONE], [hat_at(150, 60)], [wears()]),
    _case(
        "a shell and a whole head in one picture",
        [worker(80, 60), worker(220, 60)],
        [hat_at(220, 60), hat_at(80, 60, shell=True)],
        [wears(1), wears(0)],
    ),
    _case(
        "one hat boxed as shell and as whole head",
        [ALONE],
        [hat_at(150, 60, score=0.8), hat_at(150, 60, shell=True, score=0.6)],
        [wears(0)],
        {1: "duplicate"},
    ),
    _case(
        "one hat boxed twice beside a bare head",
        [worker(130, 60), worker(172, 64)],
        [hat_at(130, 60, score=0.9), hat_at(134, 62, score=0.8)],
        [wears(0), BARE],
        {1: "duplicate"},
    ),
    _case("boxed with its hood, to the shoulders", [ALONE], [Hat(Box(127, 33, 46, 58), None, 0)], [wears()]),
    _case("hand raised to the worn hat", [worker(150, 60, at=TOUCHING)], [hat_at(150, 60)], [wears()]),
    _case("two skeletons on one head", [ALONE, worker(153, 61, score=0.5)], [hat_at(150, 60)], [wears(), NOT_SEEN]),
)

NOT_ON_THE_HEAD: Final = (
    _case("no hat at all", [ALONE], [], [BARE]),
    _case("in the hand", [ALONE], [hat_at(178, 172, shell=True)], [NOT_WORN], {0: "held_or_lying"}),
    _case(
        "in the raised hand beside the head",
        [worker(150, 60, at=RAISED)],
        [hat_at(188, 38, shell=True)],
        [NOT_WORN],
        {0: "held_or_lying"},
    ),
    _case(
        "waved above the head",
        [worker(150, 85, at={LEFT_ELBOW: (0.9, -0.2), LEFT_WRIST: (0.5, -1.0)})],
        [hat_at(165, 40, shell=True)],
        [NOT_WORN],
        {0: "held_or_lying"},
    ),
    _case(
        "under the arm",
        [worker(150, 60, at=CARRYING)],
        [hat_at(176, 130, shell=True)],
        [NOT_WORN],
        {0: "held_or_lying"},
    ),
    _case("held before the belly", [ALONE], [hat_at(150, 140)], [NOT_WORN], {0: "held_or_lying"}),
    _case("hood hanging at the nape", [ALONE], [Hat(Box(130, 82, 40, 26), None, 0)], [NOT_WORN], {0: "held_or_lying"}),
    _case(
        "on the knee of one who sits",
        [worker(150, 60, at=SITTING, seen=EVERYTHING - {10, 13})],
        [hat_at(202, 148, shell=True)],
        [NOT_WORN],
        {0: "held_or_lying"},
    ),
    _case("on the ground at the feet", [ALONE], [hat_at(180, 272, shell=True)], [NOT_WORN], {0: "held_or_lying"}),
    _case("on a shelf beside the head", [ALONE], [hat_at(192, 55, shell=True)], [BARE], {0: "no_head_near"}),
    _case("on a shelf above the head", [worker(150, 85)], [hat_at(150, 43, shell=True)], [BARE], {0: "no_head_near"}),
    _case("on a table", [worker(90, 60)], [hat_at(240, 150, shell=True)], [BARE], {0: "no_head_near"}),
    _case(
        "on the one behind; the one in front bare",
        [worker(135, 90), worker(162, 66, 32, score=0.6)],
        [hat_at(162, 66, 32)],
        [BARE, wears()],
    ),
    _case(
        "on the one in front; the one behind bare",
        [worker(135, 90), worker(162, 66, 32, score=0.6)],
        [hat_at(135, 90)],
        [wears(), BARE],
    ),
    _case("on somebody whom the network missed", [ALONE], [hat_at(179, 43, 34)], [BARE], {0: "no_head_near"}),
    _case(
        "between two heads",
        [worker(134, 60), worker(166, 60)],
        [hat_at(150, 60)],
        [CONTESTED, CONTESTED],
        {0: "contested"},
    ),
    _case("far too large", [ALONE], [hat_at(150, 62, 160)], [BARE], {0: "size_mismatch"}),
    _case("far too small", [ALONE], [hat_at(150, 56, 9)], [BARE], {0: "size_mismatch"}),
    _case(
        "a hat on the head and one in the hand",
        [ALONE],
        [hat_at(178, 172, shell=True), hat_at(150, 60, shell=True)],
        [wears(1)],
        {0: "held_or_lying"},
    ),
)

POSES: Final = (
    _case("bent by 60 degrees", [bent(80, 80, 40, 60)], [hat_at(*BENT_60, shell=True, lean=60)], [wears()]),
    _case("bent by 90 degrees", [bent(80, 80, 40, 90)], [hat_at(*BENT_90, lean=90)], [wears()]),
    _case(
        "bent by 90 degrees, the hat fallen off",
        [bent(80, 80, 40, 90)],
        [hat_at(BENT_90[0] + 40, BENT_90[1] + 26, shell=True)],
        [BARE],
        {0: "no_head_near"},
    ),
    _case("lying", [leaning(240, 160, 40, 90)], [hat_at(240, 160, shell=True, lean=90)], [wears()]),
    _case(
        "lying, the hat rolled off",
        [leaning(210, 160, 40, 90)],
        [hat_at(258, 160, shell=True)],
        [BARE],
        {0: "no_head_near"},
    ),
    _case("hanging upside down", [leaning(150, 250, 40, 180)], [hat_at(150, 250, shell=True, lean=180)], [wears()]),
    _case(
        "hanging upside down, a hat at the chin",
        [leaning(150, 250, 40, 180)],
        [hat_at(150, 218, shell=True)],
        [NOT_WORN],
        {0: "held_or_lying"},
    ),
    _case(
        "camera rolled by 90 degrees",
        [leaning(250, 90, 40, 90), leaning(250, 230, 40, 90)],
        [hat_at(250, 230, shell=True, lean=90)],
        [BARE, wears()],
    ),
    _case(
        "straight from above",
        [worker(80, 150, pose=FROM_ABOVE, seen=EARS_NO_FACE), worker(220, 150, pose=FROM_ABOVE, seen=EARS_NO_FACE)],
        [hat_at(80, 150)],
        [wears(), BARE],
    ),
    _case(
        "from behind",
        [worker(80, 60, pose=BACK, seen=EARS_NO_FACE), worker(220, 60, pose=BACK, seen=EARS_NO_FACE)],
        [hat_at(80, 60, shell=True)],
        [wears(), BARE],
    ),
)

CROWDS_AND_EDGES: Final = (
    _case(
        "child with hat before a bare adult",
        [worker(140, 50), worker(156, 150, 26)],
        [hat_at(156, 150, 26)],
        [BARE, wears()],
    ),
    _case(
        "bare child before an adult with hat",
        [worker(140, 50), worker(156, 150, 26)],
        [hat_at(140, 50, shell=True)],
        [wears(), BARE],
    ),
    _case(
        "five people, four hats",
        [worker(x, y, 36) for x, y in ((38, 70), (94, 50), (150, 74), (206, 52), (262, 70))],
        [hat_at(x, y, 36, shell=x > 150) for x, y in ((262, 70), (206, 52), (38, 70), (94, 50))],
        [wears(2), wears(3), BARE, wears(1), wears(0)],
    ),
    _case(
        "far off",
        [worker(100, 150, 7), worker(200, 150, 7)],
        [hat_at(100, 150, 7)],
        [too_small(0), too_small()],
    ),
    _case(
        "crown and hat cut by the picture's edge",
        [worker(150, 6)],
        [Hat(Box(131, 0, 38, 9), None, 0)],
        [wears()],
    ),
    _case("head cut off by the picture's edge", [worker(150, -30, seen=HEADLESS)], [], [NOT_SEEN]),
    _case(
        "head behind something, a hat in the hand",
        [worker(150, 60, seen=HEADLESS - {NECK})],
        [hat_at(178, 172, shell=True)],
        [NOT_SEEN],
        {0: "held_or_lying"},
    ),
)

SEEN_ON_HEADS: Final = (
    _case(
        "a helmet that is seen and not boxed", [worker(150, 60, headwear=HELMET)], [], [("helmet", "hat_on_head", None)]
    ),
    _case(
        "a hat boxed on a head that is seen bare", [worker(150, 60, headwear=HAIR)], [hat_at(150, 60)], [BOXED_IN_VAIN]
    ),
    _case("a hat boxed on what may be a helmet", [worker(150, 60, headwear=PERHAPS)], [hat_at(150, 60)], [wears()]),
    _case("not boxed, and hardly a helmet", [worker(150, 60, headwear=PERHAPS)], [], [BARE]),
    _case("boxed, and hardly a helmet", [worker(150, 60, headwear=HARDLY)], [hat_at(150, 60)], [disagree(0)]),
    _case("not boxed, and most likely a helmet", [worker(150, 60, headwear=LIKELY)], [], [disagree()]),
    _case(
        "a helmet seen, another hat in the hand",
        [worker(150, 60, headwear=HELMET)],
        [hat_at(178, 172, shell=True)],
        [("helmet", "hat_on_head", None)],
        {0: "held_or_lying"},
    ),
    _case(
        "bare head seen, the hat in the hand",
        [worker(150, 60, headwear=HAIR)],
        [hat_at(178, 172, shell=True)],
        [NOT_WORN],
        {0: "held_or_lying"},
    ),
)

CASES: Final = (*WORN, *NOT_ON_THE_HEAD, *POSES, *CROWDS_AND_EDGES, *SEEN_ON_HEADS)
