"""Which places of labelled pictures the headwear network learns from, and how chances spread over cameras."""

from __future__ import annotations

import numpy as np
import pytest

from pose.data.labels import read_labels
from pose.data.shards import LabelledPicture
from pose.train.headwear.patches import BARE, HELMET, NO_HEAD, SIDE, Patches, bare_people, patches_of
from pose.train.headwear.training import chances
from tests.pose.blue_heads import blue_seer, blue_square

HEAD = {"box": [60, 60, 40, 40], "kind": "helmet"}  # where `blue_square(80, 80, 40)` is blue
ELSEWHERE = {"box": [150, 100, 30, 30], "kind": "head"}


def picture(**labels: object) -> LabelledPicture:
    complete = {"heads_complete": True, **labels}
    return LabelledPicture("yard", blue_square(80, 80, 40), read_labels(complete))


def learned(labelled: LabelledPicture, *, doubtful: bool = False) -> list[tuple[str, bool]]:
    """Kind, and whether the network found it, of all patches but those of the background."""
    patches = patches_of([labelled], blue_seer(), doubtful=doubtful)
    names = {HELMET: "helmet", BARE: "bare", NO_HEAD: "no head"}
    rows = [(names[kind], found) for kind, found in zip(patches.kinds.tolist(), patches.found.tolist(), strict=True)]
    return [row for row in rows if row != ("no head", False)]


@pytest.mark.parametrize(
    ("labels", "doubtful", "expected"),
    [
        ({"heads": [HEAD]}, False, [("helmet", False), ("helmet", True)]),
        ({"heads": [HEAD, ELSEWHERE]}, False, [("helmet", False), ("bare", False), ("helmet", True)]),
        ({"heads": []}, False, [("no head", True)]),
        ({"heads": [ELSEWHERE]}, False, [("bare", False), ("no head", True)]),
        ({"heads": [ELSEWHERE]}, True, [("bare", False)]),
        ({"heads": [], "ignore": [[50, 50, 60, 60]]}, False, []),
        ({"heads": [HEAD], "heads_complete": False}, False, []),
        ({"heads": [HEAD], "boxes": "shell when worn, whole head when bare"}, False, []),
    ],
)
def test_labels_and_what_the_network_takes_for_heads_are_learned(labels, doubtful, expected):
    assert learned(picture(**labels), doubtful=doubtful) == expected


def test_the_background_is_learned_as_no_head_away_from_heads():
    patches = patches_of([picture(heads=[HEAD])] * 20, blue_seer())
    background = patches.pixels[(patches.kinds == NO_HEAD) & ~patches.found]
    middle = background[:, SIDE // 2 - 4 : SIDE // 2 + 4, SIDE // 2 - 4 : SIDE // 2 + 4, 0]
    assert len(background) > 20
    assert (middle < 200).all(), "no blue head in the middle of a patch without a head"


@pytest.mark.parametrize(("source", "seen", "count"), [("human", 2, 1), ("human", 1, 0), ("teacher", 1, 0)])
def test_everyday_people_with_a_visible_face_are_bare(source: str, seen: int, count: int):
    face = [(80, 80), (84, 76), (76, 76), (90, 80), (70, 80), (100, 110), (60, 110)]
    keypoints = [[x, y, seen] for x, y in face] + [[0, 0, 0]] * 10
    labels = read_labels({"people": [{"keypoints": keypoints, "source": source}]})
    patches = bare_people([LabelledPicture("street", blue_square(80, 80, 40), labels)])
    assert patches.kinds.tolist() == [BARE] * count


def group(helmets: int, bare: int, no_head: int) -> Patches:
    kinds = np.repeat([HELMET, BARE, NO_HEAD], [helmets, bare, no_head])
    count = len(kinds)
    return Patches(np.zeros((count, SIDE, SIDE, 3), np.uint8), kinds, np.full(count, 20.0), np.ones(count, bool))


def test_a_rare_camera_counts_more_than_its_pictures():
    drawn = chances([group(400, 100, 100), group(4, 1, 1)], [])
    helmets = np.flatnonzero(np.concatenate([group(400, 100, 100).kinds, group(4, 1, 1).kinds]) == HELMET)
    assert drawn.sum() == pytest.approx(1)
    assert drawn[helmets].sum() == pytest.approx(0.44)
    assert drawn[helmets[400:]].sum() / drawn[helmets].sum() == pytest.approx(1 / 11), "2 of 20 + 2, not 4 of 404"


def test_a_kind_that_no_picture_shows_is_an_error():
    with pytest.raises(ValueError, match="expected pictures that show a bare head, got none"):
        chances([group(4, 0, 4)], [])
