from __future__ import annotations

import base64
import io
import json

import pytest

from helmet_service import create_app
from helmet_service.api.schemas.answers import ComplianceAnswer, HatsAnswer
from helmet_service.settings import Settings
from tests.helmet_service.api.checks import assert_answer, assert_problem

ROUTE = "/v1/hats"


@pytest.fixture(scope="module")
def sees(seeing):
    """A client of a service that sees hats: the scene's left person wears one, the right one does not."""
    return create_app(Settings(), seeing).test_client()


def hats_of(client, **request):
    return assert_answer(client.post(ROUTE, json=request), HatsAnswer)


def test_helmets_and_bare_heads_are_told_apart(sees, scene):
    answer = hats_of(sees, picture=scene["picture"])
    (helmet,), (bare,) = answer["hats"], answer["bare_heads"]
    assert helmet["left"] + helmet["width"] < bare["left"]
    for head in (helmet, bare):
        assert head["score"] > 0.9
        assert head["height"] > head["width"] > 50
    assert list(answer["timings_ms"]) == ["decode", "network", "grouping", "total"]


def test_hats_can_be_sent_as_those_of_a_detector(sees, scene):
    hats = hats_of(sees, picture=scene["picture"])["hats"]
    request = {"picture": scene["picture"], "hats": hats, "trust": "hats"}
    people = assert_answer(sees.post("/v1/compliance", json=request), ComplianceAnswer)["people"]
    assert [(person["status"], person["hat"]) for person in people] == [("helmet", 0), ("no_helmet", None)]


def test_nobody_wears_nothing(sees, blank):
    answer = hats_of(sees, picture=blank)
    assert (answer["hats"], answer["bare_heads"]) == ([], [])


def test_a_form_gets_the_hats_of_its_json_twin_and_a_drawing(sees, scene, scene_bytes):
    data = {"picture": (io.BytesIO(scene_bytes), "a.jpg"), "request": json.dumps({"include": ["annotated"]})}
    answer = assert_answer(sees.post(ROUTE, data=data), HatsAnswer)
    assert answer["hats"] == hats_of(sees, picture=scene["picture"])["hats"]
    assert base64.b64decode(answer["annotated"]).startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        ({}, ["picture"]),
        ({"picture": "x", "include": ["head"], "hats": []}, ["include[0]", "hats"]),
        ({"picture": "aGVsbG8gd29ybGQ="}, ["picture"]),
    ],
)
def test_wrong_fields_are_named(sees, request_, fields):
    assert_problem(sees.post(ROUTE, json=request_), 422, *fields)


def test_a_model_that_sees_no_hats_says_so(blind, blank):
    response = create_app(Settings(), blind).test_client().post(ROUTE, json={"picture": blank})
    (error,) = assert_problem(response, 422, "model")["errors"]
    assert error["expected"] == "one that sees hats itself"
