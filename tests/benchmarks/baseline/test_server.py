import base64
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.baseline.crowds import crowd
from benchmarks.baseline.network_input import placed
from benchmarks.baseline.server import create_app, load_maps, save_maps


@pytest.fixture(scope="module")
def five(estimator):
    return crowd(5, estimator)


@pytest.fixture(scope="module")
def rows(five, tmp_path_factory):
    """What the server answers of the five."""
    maps = tmp_path_factory.mktemp("baseline") / "maps.npz"
    save_maps(maps, {five.file: five.maps()})
    answered = create_app(load_maps(maps)).test_client().post("/", data=five.request, content_type="application/json")
    assert answered.status_code == 200
    assert answered.json.keys() == {"code", "message", "data"}
    assert (answered.json["code"], answered.json["message"]) == ("200", "Success")
    return answered.json["data"]


def test_the_answer_has_a_row_a_person_in_the_ancestors_shape(rows):
    assert len(rows) == 5
    kinds = {"x1": int, "y1": int, "x2": int, "y2": int, "rate": float, "flag": bool}
    for row in rows:
        assert {name: type(value) for name, value in row.items()} == kinds
        assert 0 < row["rate"] < 100


def test_boxes_lie_on_the_people(five, rows):
    boxes = sorted((row["x1"], row["y1"], row["x2"], row["y2"]) for row in rows)
    seen = [skeleton[skeleton[:, 2] > 0, :2] for skeleton in five.skeletons]
    expected = sorted((*points.min(axis=0), *points.max(axis=0)) for points in seen)
    np.testing.assert_allclose(boxes, expected, atol=22)  # a cell of the network's, in pixels of the picture


def test_maps_of_other_people_than_the_pictures_are_refused(five):
    with pytest.raises(RuntimeError, match="expected 4 people, got 5"):
        replace(five, people=4).maps()


@pytest.mark.parametrize(
    ("size", "width", "left"), [((1280, 720), 456, 0), ((720, 1280), 256, 56), ((640, 480), 344, 1)]
)
def test_pictures_are_centred_in_an_input_that_is_at_least_a_square(size, width, left):
    where = placed(*size)
    assert (where.width, where.height, where.left) == (width, 256, left)
    points = np.array([[10.0, 20.0, 0.9], [0, 0, 0]], np.float32)
    np.testing.assert_allclose(where.to_picture(where.to_input(points)), points, atol=1e-4)


def test_form_a_asks_with_the_pictures_own_hats(five):
    asked = json.loads(five.request)
    assert asked.keys() == {"img", "hat_location"}
    assert len(asked["hat_location"]) == 5
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(asked["img"][0]), np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (720, 1280, 3)
