"""A second look: at whom, at which part of the picture, and what becomes of people by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from pose.estimation.estimator import Estimator
from pose.estimation.preprocess import GREY
from pose.estimation.second_look import INPUT, SecondLook, Square, batches, choose, cut, judged, matches
from pose.estimation.views import Views, look
from pose.skeleton import HeadPeak, Person, clipped
from tests.pose.blue_heads import SeesBlue, blue_seer, blue_square

SECOND = SecondLook(
    candidate=0.1, sure=0.9, small=24, tiny=8, side=8,
    constant=-4, skeleton=0, head=2, skeleton_again=0, head_again=6, person=0.5,
)  # fmt: skip
BAR = 0.5  # least evidence of those who were looked at once


def head(x=100.0, y=100.0, size=10.0, evidence=0.6, score=0.5):
    return Person(np.zeros((18, 3), np.float32), 0.1, HeadPeak(x, y, size, 0.0, score), evidence)


def body(x, y):
    """A person of whom only a knee was seen, so that nobody can say where the head is."""
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[9] = x, y, 0.5
    return Person(keypoints, 0.1)


# people of the first look, at one input pixel a picture pixel -> whom each square is for
CHOICES = {
    "nobody": ([], []),
    "a small one": ([head()], [(0,)]),
    "a sure one": ([head(evidence=0.95)], []),
    "a sure one who is tiny": ([head(size=6, evidence=0.95)], [(0,)]),
    "a large one": ([head(size=30)], []),
    "one without a head": ([body(100, 100)], []),
    "neighbours share": ([head(100), head(115)], [(0, 1)]),
    "neighbours of other sizes do not": ([head(100, size=10), head(115, size=20)], [(0,), (1,)]),
    "far ones do not": ([head(100), head(300)], [(0,), (1,)]),
    "one above is looked at apart, as a square holds bodies": ([head(100, 100), head(100, 80)], [(0,), (1,)]),
    "the most doubtful first": ([head(100, evidence=0.8), head(300, evidence=0.5)], [(1,), (0,)]),
}


@pytest.mark.parametrize("case", CHOICES)
def test_who_is_looked_at_again_and_with_whom(case):
    people, expected = CHOICES[case]
    assert [square.people for square in choose(people, 1.0, SECOND)] == expected


def test_a_head_is_small_by_its_size_at_the_network():
    assert choose([head(size=30)], 0.5, SECOND)
    assert not choose([head(size=10)], 3.0, SECOND)


def test_a_square_has_room_for_the_body_below_the_head():
    (square,) = choose([head(100, 100, 10)], 1.0, SECOND)
    assert (square.side, square.scale) == (80, INPUT / 80)
    assert square.left == 60
    assert square.top == 76


@pytest.mark.parametrize("count", range(12))
def test_squares_go_through_the_network_in_runs_of_few_sizes(count):
    squares = [Square(0, 0, n + 1, ()) for n in range(count)]
    runs = list(batches(squares))
    assert [square for run in runs for square in run] == squares
    assert {len(run) for run in runs} <= {1, 2, 4}
    assert len(runs) <= count / 4 + 2


@pytest.mark.parametrize("shrunk", [1.0, 0.5])
def test_a_square_is_cut_out_to_the_pixel_enlarged_and_grey_beyond_the_edges(shrunk):
    picture = np.zeros((int(80 * shrunk), int(120 * shrunk), 3), np.uint8)
    picture[int(20 * shrunk) : int(40 * shrunk), int(30 * shrunk) : int(50 * shrunk)] = 255
    enlarged = cut(picture, Square(10, -32, 64, ()), shrunk)
    assert enlarged.shape == (INPUT, INPUT, 3)
    white = np.argwhere(enlarged[..., 0] > GREY)
    assert white.min(axis=0) == pytest.approx([(20 + 32) * 4, (30 - 10) * 4], abs=1)
    assert white.max(axis=0) == pytest.approx([(32 + 32) * 4 - 1, (50 - 10) * 4 - 1], abs=1)
    assert (enlarged[: 30 * 4] == GREY).all()


# where heads are seen again in a square of side 80 around (100, 100) -> whether the person there is found again
AGAIN = {"at the same place": (100, 10, True), "a little beside": (106, 10, True), "beside": (112, 10, False)}


@pytest.mark.parametrize("case", AGAIN)
def test_the_second_look_sees_the_same_head_or_another(case):
    x, size, found = AGAIN[case]
    square = Square(60, 76, 80, (0,))
    seen = matches([head()], [square], [[head(x, size=size)]])
    assert (seen[0] is not None) is found
    assert matches([head()], [square], [[]]) == {0: None}


def test_two_people_are_not_found_again_in_one():
    seen = matches([head(100, evidence=0.7), head(106, evidence=0.4)], [Square(60, 76, 80, (1, 0))], [[head(103)]])
    assert seen[0] is not None
    assert seen[1] is None


def test_what_lies_beyond_the_square_is_kept_of_the_first_look():
    first, again = (head(), head(101, score=0.9))
    first.keypoints[[0, 10]] = (100, 100, 0.4), (100, 200, 0.4)  # the nose, and an ankle below the square
    again.keypoints[0] = 101, 101, 0.8
    found = matches([first], [Square(60, 76, 80, (0,))], [[again]])[0]
    assert found.keypoints[0] == pytest.approx([101, 101, 0.8])
    assert found.keypoints[10] == pytest.approx([100, 200, 0.4])
    assert (found.head, found.scale) == (again.head, 1.0)


def test_a_second_look_that_sees_a_head_alone_keeps_the_first_ones_body():
    first = head()
    first.keypoints[[0, 2]] = (100, 100, 0.4), (95, 115, 0.4)
    found = matches([first], [Square(60, 76, 80, (0,))], [[head(101, score=0.9)]])[0]
    assert (found.keypoints == first.keypoints).all()
    assert (found.head.x, found.score) == (101, first.score)


def test_what_is_fine_is_averaged_where_a_square_shrinks():
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[:, ::2] = 255
    assert cut(stripes, Square(0, 0, 1200, ()))[8:-8, 8:-8].std() < 20


def test_nothing_is_seen_beyond_the_picture():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[[0, 1]] = (-1.5, 20, 0.5), (700, 500, 0.5)
    moved_in = clipped(Person(keypoints, 0.5), 640, 480)
    assert moved_in.keypoints[:3].tolist() == [[0, 20, 0.5], [640, 480, 0.5], [0, 0, 0]]


# evidence at the first look, the peak of the second (None: nobody; False: not looked again) -> is somebody there
VERDICTS = {
    "confirmed": (0.3, 0.9, True),
    "dropped": (0.7, None, False),
    "seen again, but hardly": (0.7, 0.2, False),
    "sure at once": (0.95, False, True),
    "weak and not looked at again": (0.3, False, False),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_who_is_there_after_both_looks(case):
    evidence, peak, there = VERDICTS[case]
    first = [head(evidence=evidence)]
    again = {} if peak is False else {0: None if peak is None else head(score=peak)}
    once, confirmed = judged(first, again, SECOND, BAR)
    assert len(once) == (there and not again)
    assert len(confirmed) == (there and bool(again))
    assert all(SECOND.person <= person.evidence <= 1 for person in confirmed)


def test_two_of_the_first_look_who_are_one_in_the_second_are_one():
    first = [head(100), head(108)]
    _, confirmed = judged(first, {0: head(104, score=0.9), 1: head(104, score=0.8)}, SECOND, BAR)
    assert [person.head.score for person in confirmed] == [0.9]


def test_one_who_was_not_seen_as_a_head_stays_as_it_is():
    person = body(100, 100)
    assert judged([person], {}, SECOND, BAR) == ([person], [])


@dataclass(frozen=True)
class Deceived(SeesBlue):
    """Sees a head in the whole picture, and none in what is enlarged."""

    def run(self, batch):
        return super().run(batch if batch.shape[1] != INPUT else np.full_like(batch, GREY))


def seer(runtime, joining_person=0.5):
    model = blue_seer().model
    joining = replace(model.joining, person=joining_person)
    return Estimator(replace(model, joining=joining, second_look=SECOND), runtime, 96)


@pytest.mark.parametrize("x", [100, 103])
def test_a_second_look_places_a_small_head_to_the_pixel(x):
    picture = blue_square(x, 80, 12)
    found = look(seer(SeesBlue()), picture, Views(squares=4))
    (person,) = found.people
    assert (found.looks, found.confirmed, found.dropped) == (2, 1, 0)
    assert (person.head.x, person.head.y) == pytest.approx((x, 80), abs=0.6)
    assert person.head.size == pytest.approx(12, abs=0.6)
    assert person.scale == 1.0
    assert set(found.timings_ms) == {"network", "grouping"}


def test_a_second_look_drops_what_it_does_not_see():
    found = look(seer(Deceived()), blue_square(100, 80, 12), Views(squares=4))
    assert (found.people, found.looks, found.confirmed, found.dropped) == ((), 2, 0, 1)


def test_a_smaller_copy_is_looked_at_twice_in_the_coordinates_of_the_whole():
    picture = blue_square(100, 80, 12)
    whole = look(seer(SeesBlue()), picture, Views(squares=4)).people[0].head
    copied = look(seer(SeesBlue()), picture, Views(squares=4), (512, 384)).people[0].head
    assert (copied.x / 2, copied.y / 2, copied.size / 2) == pytest.approx((whole.x, whole.y, whole.size), abs=0.3)


@pytest.mark.parametrize(
    ("model", "views"), [(SECOND, Views()), (None, Views(squares=4)), (SECOND, Views((1.0, 2.0), squares=4))]
)
def test_no_second_look_is_taken_unless_asked_for_and_possible(model, views):
    estimator = seer(Deceived())
    estimator = Estimator(replace(estimator.model, second_look=model), estimator.runtime, 96)
    assert len(look(estimator, blue_square(100, 80, 12), views).people) == 1


def test_what_is_raised_between_looks_ends_them():
    def stop():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        look(seer(SeesBlue()), blue_square(100, 80, 12), Views(squares=4), between=stop)
