"""Several looks at one picture: asked for by requests, or set for all."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest

from helmet_service.http.problems import Problem
from helmet_service.setting_fields import SettingsError
from helmet_service.settings import Settings
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose.estimation.estimator import Estimator
from pose.estimation.views import Views
from pose.pictures.decoding import Picture
from samples.compose import Placed, Scene, compose, portraits

ROUTES = ("/v1/poses", "/v1/compliance")


@pytest.fixture(scope="module")
def crowd():
    """A request with seven people who are too small for one look, and their helmets, which they hold."""
    scene = Scene(1920, 1080, 1075, tuple(Placed("collins", 120 + 250 * n, 500 + 60 * n, 0.09) for n in range(7)))
    picture, known = compose(scene, portraits())
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    return {"picture": base64.b64encode(jpeg).decode(), "hats": [person["hat"] for person in known]}


def asking(crowd, route, **looks):
    return (crowd if route == "/v1/compliance" else {"picture": crowd["picture"]}) | looks


@pytest.mark.parametrize("looks", [{"scales": [1, 1.5]}, {"scales": [1, 2]}, {"tiles": [2, 2]}])
@pytest.mark.parametrize("route", ROUTES)
def test_a_request_finds_small_people_with_the_looks_it_names(client, crowd, route, looks):
    alone = client.post(route, json=asking(crowd, route)).json
    several = client.post(route, json=asking(crowd, route, **looks)).json
    assert alone["people"] == []
    assert len(several["people"]) >= 4


@pytest.mark.parametrize("looks", [{"scales": [1]}, {"tiles": [1, 1]}, {"scales": None, "tiles": None, "looks": None}])
@pytest.mark.parametrize("route", ROUTES)
def test_one_look_answers_as_without_naming_any(client, scene, route, looks):
    def people(**given):
        return client.post(route, json=asking(scene, route, **given)).json["people"]

    assert people(**looks) == people() != []


def test_one_look_may_be_asked_for_where_several_are_set(client_with, crowd):
    client = client_with(scales="1,1.5")
    assert client.post("/v1/poses", json={"picture": crowd["picture"], "scales": [1]}).json["people"] == []
    assert len(client.post("/v1/poses", json={"picture": crowd["picture"]}).json["people"]) >= 4


def test_cameras_of_the_legacy_surface_get_the_looks_that_are_set(client_with, client, crowd):
    asked = {"img": crowd["picture"]}
    assert client.post("/get_head_point", json=asked).json["data"] == []
    tiled = client_with(tile_columns=2, tile_rows=2)
    assert len(tiled.post("/get_head_point", json=asked).json["data"]) >= 6


@pytest.mark.parametrize(
    ("looks", "field", "expected"),
    [
        ({"scales": [2]}, "scales", "[1], [1, 1.5], [1, 2] or [1, 1.5, 2]"),
        ({"scales": [1, 1]}, "scales", "[1], [1, 1.5], [1, 2] or [1, 1.5, 2]"),
        ({"scales": [1, 1.01]}, "scales", "[1], [1, 1.5], [1, 2] or [1, 1.5, 2]"),
        ({"scales": []}, "scales", "[1], [1, 1.5], [1, 2] or [1, 1.5, 2]"),
        ({"scales": 2}, "scales", "[1], [1, 1.5], [1, 2] or [1, 1.5, 2]"),
        ({"scales": [1, "2"]}, "scales[1]", "1, 1.5 or 2"),
        ({"scales": [True]}, "scales[0]", "1, 1.5 or 2"),
        ({"tiles": [2]}, "tiles", "[columns, rows], whole numbers from 1 to 8"),
        ({"tiles": "2x2"}, "tiles", "[columns, rows], whole numbers from 1 to 8"),
        ({"tiles": [2, 0]}, "tiles[1]", "a whole number from 1 to 8"),
        ({"tiles": [1.5, 2]}, "tiles[0]", "a whole number from 1 to 8"),
        ({"tiles": [9, 1]}, "tiles[0]", "a whole number from 1 to 8"),
        ({"looks": "twice"}, "looks", "auto or once"),
        ({"looks": 2}, "looks", "auto or once"),
    ],
)
@pytest.mark.parametrize("route", ROUTES)
def test_other_looks_are_refused(client, scene, route, looks, field, expected):
    response = client.post(route, json=asking(scene, route, **looks))
    (error,) = response.json["errors"]
    assert (response.status_code, error["field"], error["expected"]) == (422, field, expected)


@pytest.mark.parametrize(
    ("looks", "field", "got"),
    [
        ({"tiles": [3, 2]}, "tiles", "7"),
        ({"scales": [1, 1.5, 2]}, "scales", "7.25"),
        ({"scales": [1, 1.5], "tiles": [2, 1]}, "tiles", "5.25"),
    ],
)
@pytest.mark.parametrize("route", ROUTES)
def test_more_work_than_is_set_is_refused(client, scene, route, looks, field, got):
    response = client.post(route, json=asking(scene, route, **looks))
    (error,) = response.json["errors"]
    expected = "scales and tiles that take at most 5 runs of the network"
    assert (response.status_code, error) == (413, {"field": field, "expected": expected, "got": got})


def test_what_is_set_decides_how_much_work_a_request_may_ask_for(client_with, scene):
    def status(most, **looks):
        return client_with(max_runs=most).post("/v1/poses", json=asking(scene, "/v1/poses", **looks)).status_code

    assert [status(1), status(1, tiles=[1, 2]), status(3, tiles=[1, 2]), status(7, tiles=[3, 2])] == [
        200,
        413,
        200,
        200,
    ]


def test_no_look_is_begun_after_the_deadline(estimator, monkeypatch):
    now, looks = [1000.0], []
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    class Counted(Estimator):
        def __call__(self, picture, size=None):
            looks.append(size)
            now[0] += 1
            return super().__call__(picture, size)

    service = Service(Settings(), Counted(estimator.model, estimator.runtime, estimator.height))
    picture = Picture(np.zeros((64, 64, 3), np.uint8), 64, 64, 0, mirrored=False)
    with pytest.raises(Problem) as raised:
        service.looker.find(picture, Views(tiles=(8, 8)), Stages(2.5))
    assert raised.value.status == 504
    assert len(looks) == 3


def test_settings_that_take_more_work_than_they_allow_are_refused():
    environment = {"SCALES": "1,1.5", "TILE_COLUMNS": "2"}
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment(environment)
    expected = "MAX_RUNS: expected at least what SCALES, TILE_COLUMNS and TILE_ROWS take, 5.25, got 5"
    assert str(raised.value) == expected
    assert Settings.from_environment(environment | {"MAX_RUNS": "6"}).views().cost == 5.25
