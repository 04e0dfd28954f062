"""Whose hats decide: those of the request, the model's own, or both; on both surfaces."""

from __future__ import annotations

import io

import pytest

from helmet_service import create_app
from helmet_service.api.schemas.answers import ComplianceAnswer
from helmet_service.api.schemas.legacy_answers import LegacyHelmetAnswer
from helmet_service.settings import Settings
from tests.helmet_service.api.checks import assert_answer, assert_problem, assert_refused

ROUTE = "/v1/compliance"


@pytest.fixture(scope="module")
def sees_with(seeing):
    """A client of a service that sees hats, with these settings: the scene's left person wears one, the right not."""
    return lambda **settings: create_app(Settings(**settings), seeing).test_client()


@pytest.fixture(scope="module")
def blind_with(blind):
    """A client of a service that sees no hats, with these settings."""
    return lambda **settings: create_app(Settings(**settings), blind).test_client()


@pytest.mark.parametrize("hats", [{}, {"hats": None}, {"hats": None, "trust": "both"}, {"trust": "model"}])
def test_without_hats_the_models_own_decide(sees_with, scene, hats):
    response = sees_with().post(ROUTE, json={"picture": scene["picture"], **hats})
    answer = assert_answer(response, ComplianceAnswer)
    assert (answer["hats_from"], answer["trust"]) == ("model", "model")
    assert [(person["status"], person["hat"]) for person in answer["people"]] == [("helmet", 0), ("no_helmet", None)]
    assert len(answer["hats"]) == 1


def test_a_form_may_be_a_picture_alone(sees_with, scene_bytes):
    response = sees_with().post(ROUTE, data={"picture": (io.BytesIO(scene_bytes), "scene.jpg")})
    assert assert_answer(response, ComplianceAnswer)["hats_from"] == "model"


@pytest.mark.parametrize(
    ("setting", "asked", "trust", "own"),
    [
        ("hats", None, "hats", None),
        ("hats", "both", "both", 1),
        ("hats", "model", "model", 1),
        ("both", None, "both", 1),
        ("both", "hats", "hats", None),
    ],
)
def test_a_request_overrides_the_setting_and_its_hats_come_first(sees_with, scene, setting, asked, trust, own):
    response = sees_with(trust=setting).post(ROUTE, json={**scene, "trust": asked})
    answer = assert_answer(response, ComplianceAnswer)
    assert (answer["hats_from"], answer["trust"]) == ("request", trust)
    if own is None:
        assert "hats" not in answer
    else:
        assert answer["hats"][:-own] == [hat | {"score": None} for hat in scene["hats"]]
        assert answer["hats"][-1]["score"] > 0.9


def test_the_legacy_matcher_goes_by_the_requests_hats(sees_with, scene):
    response = sees_with().post(ROUTE, json={**scene, "trust": "both", "matcher": "legacy"})
    assert assert_answer(response, ComplianceAnswer)["trust"] == "hats"


@pytest.mark.parametrize("hats", [{}, {"hats": None}])
def test_trust_in_hats_needs_hats(sees_with, blank, hats):
    response = sees_with().post(ROUTE, json={"picture": blank, "trust": "hats", **hats})
    (error,) = assert_problem(response, 422, "hats")["errors"]
    assert error["expected"] == "a list of {left, top, width, height, score}, [] when there are none"


@pytest.mark.parametrize("hats", [{}, {"hats": None}, {"trust": "both"}])
def test_a_model_that_sees_no_hats_needs_them(blind_with, blank, hats):
    (error,) = assert_problem(blind_with().post(ROUTE, json={"picture": blank, **hats}), 422, "hats")["errors"]
    assert error["expected"].endswith("[] when there are none: this model sees no hats itself")


@pytest.mark.parametrize("trust", ["both", "model"])
def test_a_model_that_sees_no_hats_cannot_be_trusted_with_them(caplog, blind_with, blank, trust):
    request = {"picture": blank, "hats": []}
    (error,) = assert_problem(blind_with().post(ROUTE, json={**request, "trust": trust}), 422, "trust")["errors"]
    assert error["expected"] == "hats: this model sees no hats itself"
    assert caplog.messages == []
    by_setting = blind_with(trust=trust)
    assert caplog.messages == [f"TRUST={trust}: the model sees no hats itself, so those of requests decide"]
    assert assert_answer(by_setting.post(ROUTE, json=request), ComplianceAnswer)["trust"] == "hats"


@pytest.mark.parametrize("form", [{}, {"alarmtype": 3}, {"hat_location": None, "location": None}])
@pytest.mark.parametrize("matcher", ["assignment", "legacy"])
def test_the_legacy_surface_takes_own_hats_where_it_is_set_to(sees_with, scene, matcher, form):
    client = sees_with(compat_own_hats="1", compat_matcher=matcher)
    response = client.post("/", json={"img": [scene["picture"]], **form})
    rows = assert_answer(response, LegacyHelmetAnswer)["data"]
    assert [row["flag"] for row in rows] == [True, False]
    assert all(("score" in row) == ("alarmtype" in form) for row in rows)


def test_the_legacy_surface_goes_by_the_boxes_that_it_gets(sees_with, scene):
    response = sees_with(compat_own_hats="1", trust="both").post(
        "/", json={"img": scene["picture"], "hat_location": []}
    )
    assert [row["flag"] for row in assert_answer(response, LegacyHelmetAnswer)["data"]] == [False, False]


@pytest.mark.parametrize(
    ("own_hats", "form", "field"), [("0", {}, "hat_location"), ("1", {"alarmtype": 2}, "location")]
)
def test_the_legacy_surface_refuses_what_no_hats_can_replace(sees_with, blank, own_hats, form, field):
    response = sees_with(compat_own_hats=own_hats).post("/", json={"img": blank, **form})
    assert_refused(response, 422, field)
