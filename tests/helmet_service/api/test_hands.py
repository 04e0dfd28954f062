"""Hands: of the people of a picture, on every route that has people, and in boxes. A blue disc is a hand here."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from helmet_service import create_app
from helmet_service.api.live import Frame
from helmet_service.api.schemas.answers import ComplianceAnswer, HandsAnswer, LiveAnswer, PosesAnswer
from helmet_service.settings import Settings
from pose.estimation.hands import forearm_square
from pose.hands import ARMS
from tests.helmet_service.api.checks import assert_answer, assert_matches, assert_problem
from tests.helmet_service.api.test_live import let_in
from tests.helmet_service.conftest import encoded

ROUTE = "/v1/hands"
BLUE = (255, 0, 0)
Place = tuple[float, float]


@pytest.fixture(scope="module")
def finds(seeing):
    """A client of a service that finds hands wherever something is blue."""
    return create_app(Settings(), seeing).test_client()


@pytest.fixture(scope="module")
def waving(estimator, root) -> tuple[np.ndarray, list[Place]]:
    """A picture of two people with a blue disc at each hand, and the places of the four discs."""
    picture = cv2.imread(str(root / "samples" / "site_far.jpg"))
    squares = [forearm_square(person, side) for person in estimator(picture).people[:2] for side in ARMS]
    places = [(round(square.x), round(square.y)) for square in squares if square]
    for place in places:
        cv2.circle(picture, place, 8, BLUE, cv2.FILLED)
    return picture, places


@pytest.fixture
def discs() -> np.ndarray:
    """A grey picture of 400x300 with blue discs at (110, 100) and (290, 200)."""
    picture = np.full((300, 400, 3), 128, np.uint8)
    for place in ((110, 100), (290, 200)):
        cv2.circle(picture, place, 6, BLUE, cv2.FILLED)
    return picture


LEFT_BOX = {"left": 70, "top": 60, "width": 60, "height": 80}  # the disc lies right of its middle
NO_BOX = {"left": 10, "top": 180, "width": 60, "height": 80, "score": 0.9}
RIGHT_BOX = {"left": 280, "top": 170, "width": 80, "height": 60}


def assert_at(hands: Sequence[dict[str, Any]], places: Sequence[Place], tolerance: float = 2) -> None:
    """Each of the hands lies at one of the places, whole."""
    found = sorted((point["x"], point["y"]) for hand in hands for point in hand["keypoints"])
    assert found == [pytest.approx(place, abs=tolerance) for place in sorted(places) for _ in range(21)]


@pytest.mark.parametrize(
    ("route", "schema", "request_"),
    [
        ("/v1/poses", PosesAnswer, {}),
        ("/v1/poses", PosesAnswer, {"format": "coco"}),
        ("/v1/poses", PosesAnswer, {"format": "legacy"}),
        ("/v1/poses", PosesAnswer, {"format": "openpose_json"}),
        ("/v1/compliance", ComplianceAnswer, {}),
        ("/v1/compliance", ComplianceAnswer, {"matcher": "legacy", "hats": []}),
    ],
)
def test_the_hands_of_the_answers_people_are_included(finds, waving, route, schema, request_):
    picture, places = waving
    request = {"picture": encoded(picture), "include": ["hands"], **request_}
    answer = assert_answer(finds.post(route, json=request), schema)
    assert_at(answer["hands"], places, 5)  # a disc may be cut off
    assert [(hand["person"], hand["side"]) for hand in answer["hands"]] == [
        (0, "left"), (0, "right"), (1, "left"), (1, "right"),
    ]  # fmt: skip
    assert "hands" not in finds.post(route, json=request | {"include": []}).json


def test_hands_are_in_openposes_own_json_too(finds, waving):
    request = {"picture": encoded(waving[0]), "include": ["hands"], "format": "openpose_json"}
    answer = finds.post("/v1/poses", json=request).json
    for hand in answer["hands"]:
        numbers = answer["people"][hand["person"]][f"hand_{hand['side']}_keypoints_2d"]
        assert numbers == [value for point in hand["keypoints"] for value in (point["x"], point["y"], point["score"])]


def test_a_live_clients_frame_may_ask_for_hands(finds, waving):
    picture, places = waving
    _, stream = let_in(finds)
    message = json.dumps({"picture": encoded(picture), "hats": [], "include": ["hands"]}).encode()
    frame = Frame(0, message, is_text=True, at_s=time.monotonic())
    told = json.loads(stream.answer(frame, {"dropped": 0, "quality_hint": {"jpeg_quality": 80, "rate": 5.0}}))
    assert_matches(told, LiveAnswer)
    assert_at(told["hands"], places, 5)


def test_hands_lie_in_the_picture_that_was_sent_however_small_it_is_decoded_and_however_it_is_turned(finds, waving):
    picture, places = waving
    turned = np.ascontiguousarray(np.rot90(cv2.resize(picture, None, fx=2, fy=2)))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    file = io.BytesIO()
    Image.fromarray(turned[..., ::-1]).save(file, "JPEG", quality=95, exif=exif)
    request = {"picture": base64.b64encode(file.getvalue()).decode(), "include": ["hands"], "looks": "once"}
    answer = assert_answer(finds.post("/v1/poses", json=request), PosesAnswer)
    assert answer["picture"] == {"width": 2560, "height": 1440, "rotated": 90, "mirrored": False}
    assert_at(answer["hands"], [(2 * x, 2 * y) for x, y in places], 12)


def test_the_route_of_hands_finds_those_of_the_people(finds, waving):
    picture, places = waving
    answer = assert_answer(finds.post(ROUTE, json={"picture": encoded(picture)}), HandsAnswer)
    assert_at(answer["hands"], places, 5)
    assert {hand["person"] for hand in answer["hands"]} == {0, 1}
    assert list(answer["timings_ms"]) == ["decode", "network", "grouping", "total"]


def test_each_hand_in_a_box_names_it_and_its_side(finds, discs):
    request = {"picture": encoded(discs), "boxes": [NO_BOX, RIGHT_BOX, LEFT_BOX]}
    answer = assert_answer(finds.post(ROUTE, json=request), HandsAnswer)
    assert [(hand["given"], hand["side"], hand["person"]) for hand in answer["hands"]] == [
        (1, "right", None), (2, "left", None),
    ]  # fmt: skip
    assert_at(answer["hands"], [(110, 100), (290, 200)])
    assert answer["warnings"] == []
    assert list(answer["timings_ms"]) == ["decode", "network", "total"]


@pytest.mark.parametrize(("boxes", "warnings"), [([], 0), ([NO_BOX], 0), ([NO_BOX | {"left": 9000}], 1)])
def test_boxes_without_hands_give_none(finds, discs, boxes, warnings):
    answer = assert_answer(finds.post(ROUTE, json={"picture": encoded(discs), "boxes": boxes}), HandsAnswer)
    assert answer["hands"] == []
    assert answer["warnings"] == warnings * ["most boxes lie outside the picture"]


def test_a_form_gets_the_hands_of_its_json_twin_and_a_drawing(finds, discs):
    request = {"boxes": [LEFT_BOX], "include": ["annotated"]}
    file = base64.b64decode(encoded(discs))
    data = {"picture": (io.BytesIO(file), "a.png"), "request": json.dumps(request)}
    answer = assert_answer(finds.post(ROUTE, data=data), HandsAnswer)
    assert_at(answer["hands"], [(110, 100)])
    assert base64.b64decode(answer["annotated"]).startswith(b"\xff\xd8\xff")
    assert "grouping" not in answer["timings_ms"]  # nobody's head is to be blurred: no people are looked for


@pytest.mark.parametrize(
    ("request_", "status", "fields"),
    [
        ({"picture": None}, 422, ["picture"]),
        ({"include": ["head"], "hats": []}, 422, ["include[0]", "hats"]),
        ({"boxes": [{"left": 1, "top": 2, "width": 0}]}, 422, ["boxes[0].width", "boxes[0].height"]),
        ({"boxes": 9 * [NO_BOX]}, 413, ["boxes"]),
        ({"boxes": [{"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.3}]}, 422, ["boxes"]),
        ({"picture": "aGVsbG8gd29ybGQ="}, 422, ["picture"]),
    ],
)
def test_wrong_fields_are_named(finds, discs, request_, status, fields):
    assert_problem(finds.post(ROUTE, json={"picture": encoded(discs)} | request_), status, *fields)


@pytest.mark.parametrize(
    ("route", "request_", "field", "expected"),
    [
        (ROUTE, {}, "model", "one that finds hands"),
        (ROUTE, {"boxes": []}, "model", "one that finds hands"),
        ("/v1/poses", {"include": ["hands"]}, "include", "parts without hands: this model finds none"),
        ("/v1/compliance", {"include": ["hands"], "hats": []}, "include", "parts without hands: this model finds none"),
    ],
)
def test_a_model_that_finds_no_hands_says_so(blind, blank, route, request_, field, expected):
    response = create_app(Settings(), blind).test_client().post(route, json={"picture": blank} | request_)
    (error,) = assert_problem(response, 422, field)["errors"]
    assert error["expected"] == expected
