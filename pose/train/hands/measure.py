"""How well networks see hands in squares as serving cuts them, against the teacher's consensus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimation.hands import OUTPUT, HandSquare
from pose.hands import HAND_KEYPOINTS
from pose.runtimes.openvino import OpenVinoRuntime
from pose.train.hands.augment import plain
from pose.train.hands.patches import SIDE, SPAN, Patches
from pose.train.hands.teacher import HandTeacher, to_square

REQUIRED: Final = 80.0
"""PCK@0.2 of clear hands, in percent, below which a network is called experimental."""
_BATCH: Final = 64
_WITHIN: Final = (0.1, 0.2)  # of the longer side of a hand's box: distances at which a keypoint counts as found
_SIZES: Final = {"under 24 px": (0.0, 24.0), "24 to 48 px": (24.0, 48.0), "over 48 px": (48.0, np.inf)}
_MIDDLE: Final = HandSquare(SIDE / 2, SIDE / 2, SIDE / SPAN, (0.0, -1.0))
_LEAST: Final = np.arange(0.05, 1.0, 0.05)

Row = dict[str, float | str]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a network sees in n squares.

    keypoints: (n, 21, 2) in shares of the square. hand, left: (n,) the probabilities of a hand and of a left one.
    """

    keypoints: NDArray[np.float32]
    hand: NDArray[np.float32]
    left: NDArray[np.float32]


def seen_by(network: Path, patches: Patches, *, precision: str) -> Seen:
    """By a network's file as `pose.estimation.hands.HandFinder` runs it: one run on the square."""
    runtime = OpenVinoRuntime(network, (OUTPUT,), precision=precision, threads=1)
    answers = [np.zeros((0, 3 * len(HAND_KEYPOINTS) + 2), np.float32)]
    crops = plain_crops(patches)
    for start in range(0, len(crops), _BATCH):
        answers.append(runtime.run(crops[start : start + _BATCH]))
    answer = np.concatenate(answers)
    keypoints = answer[:, :-2].reshape(-1, len(HAND_KEYPOINTS), 3)[..., :2]
    return Seen(keypoints, answer[:, -2], answer[:, -1])


def plain_crops(patches: Patches) -> NDArray[np.uint8]:
    """The crops that serving would see, (n, side, side, 3)."""
    everything = zip(patches.pixels, patches.keypoints, patches.left, strict=True)
    return np.stack([plain(*each).pixels for each in everything])


def seen_by_teacher(teacher: HandTeacher, patches: Patches) -> Seen:
    """By the teacher in one run on the same square, cut out of the patch."""
    looks = [teacher.look(pixels, _MIDDLE) for pixels in patches.pixels]
    keypoints = np.array([to_square(look.keypoints, _MIDDLE) for look in looks], np.float32)
    hand, left = np.array([(look.presence, look.left) for look in looks], np.float32).reshape(-1, 2).T
    return Seen(keypoints.reshape(-1, len(HAND_KEYPOINTS), 2), hand, left)


def measure(seen: Mapping[str, Seen], patches: Patches, least: float) -> list[Row]:
    """A row for each network and group of hands: all, clear ones, and by the pixels of their box's longer side.

    Keys: `network`; `group`; `hands`, how many; `pck_0.1`, `pck_0.2`, % of their keypoints that lie so near, in shares
    of the box's longer side; `side_right`, %; `found`, % of the hands that are answered, as `least` or more probable;
    with all hands also `ghosts`, % of the squares without a hand that are. least: the least probability of a hand.
    """
    hands = patches.hands
    groups = {"all": hands, "clear": hands & patches.clear}
    groups |= {name: hands & (patches.sizes >= low) & (patches.sizes < high) for name, (low, high) in _SIZES.items()}
    rows: list[Row] = []
    for network, each in seen.items():
        answered = each.hand >= least
        for group, here in groups.items():
            if here.any():
                row: Row = {"network": network, "group": group, "hands": int(here.sum())}
                row |= {f"pck_{within:g}": pck(each, patches, here, within) for within in _WITHIN}
                row["side_right"] = _percent(((each.left >= 0.5) == patches.left)[here])
                row["found"] = _percent(answered[here])
                if group == "all" and not hands.all():
                    row["ghosts"] = _percent(answered[~hands])
                rows.append(row)
    return rows


def pck(seen: Seen, patches: Patches, here: NDArray[np.bool_], within: float) -> float:
    """% of the keypoints of these hands, (n,) bool, that lie within a share of the box's longer side."""
    box = np.ptp(patches.keypoints[here], axis=1).max(axis=1)
    away = np.linalg.norm(seen.keypoints[here] - patches.keypoints[here], axis=2)
    return _percent(away <= within * box[:, None])


def best_least(seen: Seen, patches: Patches) -> float:
    """The least probability with the best mean of hands that are answered and squares without one that are not."""
    answered = seen.hand[:, None] >= _LEAST
    right = answered[patches.hands].mean(axis=0) + (~answered[~patches.hands]).mean(axis=0)
    return round(float(_LEAST[right.argmax()]), 2)


def _percent(right: NDArray[np.bool_]) -> float:
    return round(100 * float(right.mean()), 2)
