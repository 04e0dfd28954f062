import numpy as np
import pytest

from pose.skeleton import Person
from pose.train.data.weigh import Hard, Weights, hard_of
from tests.helmet_service.verdicts.scenes import worker
from tests.pose.train.made_up import example

HEADS = np.array([[40, 20, 20, 20], [140, 20, 20, 20], [240, 20, 6, 6]], np.float32)  # the last is too small to count


def labelled(**changes):
    return example(heads=HEADS, helmeted=np.array([True, False, False]), **changes)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], Hard("made-up", ghosts=0, missed=2, bare=2)),
        ([worker(50, 30, 20), worker(150, 30, 20)], Hard("made-up", ghosts=0, missed=0, bare=2)),
        ([worker(50, 30, 20), worker(300, 120, 20)], Hard("made-up", ghosts=1, missed=1, bare=2)),
        ([Person(np.zeros((18, 3), np.float32), 0.9)], Hard("made-up", ghosts=0, missed=2, bare=2)),
    ],
    ids=["nobody seen", "all seen", "one seen elsewhere", "somebody without a head"],
)
def test_what_the_network_gets_wrong_is_counted(people, expected):
    assert hard_of(labelled(), people) == expected


def test_a_ghost_in_an_ignored_region_is_none():
    ignored = labelled(ignore=np.array([[280, 100, 60, 60]], np.float32))
    assert hard_of(ignored, [worker(300, 120, 20)]).ghosts == 0


@pytest.mark.parametrize(
    ("hard", "weights", "weight"),
    [
        (Hard("a", 0, 0, 0), Weights(), 1),
        (Hard("a", 2, 0, 0), Weights(ghost=0.5), 2),
        (Hard("a", 0, 3, 0), Weights(missed=0.5), 2.5),
        (Hard("a", 0, 0, 2), Weights(), 1),
        (Hard("a", 0, 0, 2), Weights(bare=1.5), 4),
        (Hard("a", 9, 9, 9), Weights(most=3), 3),
    ],
)
def test_hard_pictures_weigh_more(hard, weights, weight):
    assert hard.weight(weights) == weight
