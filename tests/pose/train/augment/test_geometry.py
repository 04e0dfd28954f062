import math

import numpy as np
import pytest

from pose.skeleton import KEYPOINTS, LEFT_ANKLE, MIRRORED, NECK, NOSE, RIGHT_ANKLE
from pose.train.augment.crops import blocks, warped
from pose.train.augment.geometry import Flip, Rotate, ScalePeople, Scenes, Shift, Tilt, are_unusual, moved, scales
from pose.train.augment.photometry import GREY
from tests.pose.people import standing
from tests.pose.train.made_up import example, placed

SIZE = 64
LIT = (37, 22)  # column, row
OPERATIONS = [
    ScalePeople(probability=1),
    ScalePeople(probability=0),
    Rotate(far_probability=0),
    Rotate(far_probability=1),
    Tilt(probability=1),
    Flip(probability=1),
    Shift(),
]


NOBODY = np.zeros((0, 18, 3), np.float32)


def matrix_by(operation, people=NOBODY, seed=0, matrix=None, width=80, height=60):
    """What an operation makes of one crop's matrix."""
    scenes = Scenes(SIZE, np.array([[width, height]], float), people, np.zeros(len(people), int))
    before = np.eye(3) if matrix is None else matrix
    return operation.place(before[None], scenes, np.random.default_rng(seed))[0]


def cut_by(matrix, pixels):
    """The crop's pixels."""
    return warped(pixels, matrix, int(blocks(matrix[None], SIZE)[0]), SIZE)


def scale_of(matrix):
    return float(scales(matrix, np.array([LIT]) + 0.5)[0])


def lit_pixel_on_grey():
    pixels = np.full((60, 80, 3), GREY, np.uint8)
    pixels[LIT[1], LIT[0]] = 255
    people = np.zeros((1, 18, 3), np.float32)
    people[0, NECK] = LIT[0] + 0.5, LIT[1] + 0.5, 1
    return example(pixels=pixels, people=people)


def middle_of_light(pixels):
    light = pixels[..., 0].astype(float) - GREY
    rows, columns = np.indices(light.shape) + 0.5
    return np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
@pytest.mark.parametrize("seed", range(3))
def test_a_keypoint_stays_on_its_pixel(operation, seed):
    one = lit_pixel_on_grey()
    matrix = matrix_by(operation, one.people, seed)
    pixels = cut_by(matrix, one.pixels)
    x, y, state = placed(one, matrix, SIZE).people[0, NECK]
    assert state == 1
    if not (2 < x < SIZE - 2 and 2 < y < SIZE - 2):
        assert not pixels[2:-2, 2:-2].max() > GREY
        return
    # One pixel that shrinks lies between the places at which the picture is read.
    np.testing.assert_allclose(middle_of_light(pixels), [x, y], atol=0.15 if scale_of(matrix) >= 1 else 0.4)


@pytest.mark.parametrize("scale", [0.5, 0.3, 0.13])
def test_a_keypoint_stays_on_its_spot_when_pixels_are_averaged(scale):
    one = lit_pixel_on_grey()
    matrix = np.diag([scale, scale, 1.0])
    pixels = cut_by(matrix, one.pixels).astype(int)
    row, column = np.unravel_index((pixels[..., 0] - GREY).argmax(), (SIZE, SIZE))
    assert blocks(matrix[None], SIZE) > 1
    assert abs(column + 0.5 - (LIT[0] + 0.5) * scale) <= 1
    assert abs(row + 0.5 - (LIT[1] + 0.5) * scale) <= 1


def test_operations_compose_into_one_matrix():
    one = lit_pixel_on_grey()
    matrix = np.eye(3)
    for operation in (ScalePeople(1, person=(0.8, 0.8)), Tilt(1), Rotate(), Flip(1), Shift(spread=0.05)):
        matrix = matrix_by(operation, standing(LIT[0], LIT[1], 4)[None], 5, matrix)
    pixels = cut_by(matrix, one.pixels)
    np.testing.assert_allclose(middle_of_light(pixels), placed(one, matrix, SIZE).people[0, NECK, :2], atol=0.15)


def test_in_a_mirror_left_is_right():
    names = [KEYPOINTS[place] for place in MIRRORED]
    assert names[:4] == ["nose", "neck", "left_shoulder", "left_elbow"]
    assert sorted(names) == sorted(KEYPOINTS)
    one = example()
    matrix = matrix_by(Flip(1))
    crop = placed(one, matrix, SIZE)
    assert crop.people[0, NOSE, :2].tolist() == pytest.approx([SIZE - one.people[0, NOSE, 0], one.people[0, NOSE, 1]])
    np.testing.assert_allclose(crop.people[0, LEFT_ANKLE, 0], SIZE - one.people[0, RIGHT_ANKLE, 0], rtol=1e-6)
    assert crop.heads[0].tolist() == [SIZE - 40, 16, 12]


@pytest.mark.parametrize("share", [0.05, 0.3, 1.1])
def test_people_are_scaled_to_a_share_of_the_crop(share):
    person = standing(40, 20, 2)
    operation = ScalePeople(1, person=(share, share), shorter_side=(0.01, 100), enlargement=100)
    matrix = matrix_by(operation, person[None])
    assert scale_of(matrix) * 3.2 * math.hypot(3, 0.3) * 2 == pytest.approx(share * SIZE)


def test_people_cover_five_to_a_hundred_and_ten_percent_by_default():
    small, large = standing(400, 200, 1)[None], standing(400, 200, 30)[None]
    shares = []
    for seed in range(300):
        for people, size in ((small, 3.2 * math.hypot(3, 0.3)), (large, 30 * 3.2 * math.hypot(3, 0.3))):
            matrix = matrix_by(ScalePeople(1), people, seed, width=800, height=600)
            shares.append(scale_of(matrix) * size / SIZE)
    assert min(shares) < 0.055
    assert max(shares) > 1
    assert max(shares) <= 1.1 + 1e-6


def test_a_crop_shows_no_more_grey_than_it_must():
    corner = standing(3, 3, 0.5)[None]
    pixels = cut_by(matrix_by(ScalePeople(1, person=(0.2, 0.2)), corner), np.zeros((60, 80, 3), np.uint8))
    assert not pixels[1:-1, 1:-1].any()


def test_outside_the_picture_is_grey():
    matrix = np.array([[1.0, 0, 100], [0, 1, 100], [0, 0, 1]])
    assert (cut_by(matrix, np.zeros((60, 80, 3), np.uint8)) == GREY).all()
    matrix = np.array([[1.0, 0, -1000], [0, 1, 20], [0, 0, 1]])
    assert (cut_by(matrix, np.zeros((60, 80, 3), np.uint8)) == GREY).all()


@pytest.mark.parametrize("operation", [Rotate(0), Tilt(0), Flip(0), Shift(0)])
def test_the_probability_0_switches_off(operation):
    assert all((matrix_by(operation, seed=seed) == np.eye(3)).all() for seed in range(20))


def test_who_lies_away_from_the_crop_is_left_out_and_boxes_turn():
    one = example(
        people=np.stack([standing(40, 20, 4), standing(400, 20, 4)]), ignore=np.array([[10, 10, 20, 5]], np.float32)
    )
    assert len(placed(one, np.eye(3), SIZE).people) == 1
    quarter = np.array([[0.0, -1, 60], [1, 0, 0], [0, 0, 1]])
    assert placed(one, quarter, SIZE).ignore.tolist() == [[45, 10, 5, 20]]
    assert placed(one, quarter, SIZE).heads.tolist() == [[44, 40, 12]]


def test_a_tilted_crop_shows_large_heads_and_short_bodies_and_its_middle_as_before():
    tilted = matrix_by(Tilt(1, steepness=(30, 30)))
    points = np.array([[SIZE / 2, y] for y in (8, SIZE / 2, SIZE - 8)])  # top, middle, bottom
    top, middle, bottom = moved(points, tilted)
    assert middle.tolist() == [SIZE / 2, SIZE / 2]
    assert (np.diff(scales(tilted, points)) < 0).all()
    assert bottom[1] - top[1] < SIZE - 16


def test_sizes_and_places_are_those_that_a_small_square_has_in_the_crop():
    matrix = matrix_by(Rotate(far_probability=1), matrix=matrix_by(Tilt(1)))
    point, step = np.array([[50.0, 12.0]]), 1e-3
    right, down = ((moved(point + way, matrix) - moved(point, matrix))[0] for way in ([step, 0], [0, step]))
    area = abs(right[0] * down[1] - right[1] * down[0])
    assert scales(matrix, point) == pytest.approx(math.sqrt(area) / step, rel=0.02)


def test_what_lies_behind_the_camera_is_in_no_crop():
    matrix = matrix_by(Tilt(1, steepness=(45, 45)))
    behind = np.stack([standing(40, -900, 4)])
    assert not len(placed(example(people=behind), matrix, SIZE).people)


def moved_person(**points):
    person = standing(40, 20, 4)
    for name, point in points.items():
        person[KEYPOINTS.index(name), :2] = point
    return person


@pytest.mark.parametrize(
    ("person", "unusual"),
    [
        (standing(40, 20, 4), False),
        (standing(40, 20, 4)[:, [1, 0, 2]], True),  # lies
        (moved_person(left_wrist=(40, 0)), True),  # climbs
        (moved_person(left_hip=(90, 30), right_hip=(90, 34)), True),  # bends
        (np.where(np.arange(18)[:, None] == NECK, standing(40, 20, 4), 0), False),  # who knows
    ],
)
def test_who_lies_bends_or_climbs_is_unusual(person, unusual):
    assert are_unusual(np.stack([standing(40, 20, 4), person])).tolist() == [False, unusual]


def test_unusual_people_are_chosen_more_often():
    people = np.stack([standing(400, 400, 4), moved_person(left_wrist=(40, 0))])
    operation = ScalePeople(1, person=(1, 1), unusual=9)
    matrices = [matrix_by(operation, people, seed, width=800, height=800) for seed in range(200)]
    chosen = sum((moved(people[1, [NOSE], :2], matrix) > 0).all() for matrix in matrices)
    assert chosen == pytest.approx(180, abs=15)
