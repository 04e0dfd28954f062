from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from helmet_service.api.schemas.answers import ComplianceAnswer
from helmet_service.api.schemas.legacy_answers import LegacyHelmetAnswer
from tests.helmet_service.api.checks import assert_answer, assert_refused
from tests.helmet_service.conftest import encoded

BOX = {"left": 10, "top": 10, "width": 20, "height": 15}


@pytest.fixture(scope="module")
def form_a(scene):
    return {"img": [scene["picture"]], "hat_location": scene["hats"]}


@pytest.fixture(scope="module")
def form_b(scene):
    return {"img": [scene["picture"]], "location": scene["hats"], "alarmtype": 3}


def rows_of(client, request, **options):
    answer = assert_answer(client.post("/", json=request, **options), LegacyHelmetAnswer)
    assert answer["message"] == "Success"
    return answer["data"]


def test_form_a_flags_the_person_with_the_hat_on_the_head(client, form_a, scene):
    rows = rows_of(client, form_a)
    people = assert_answer(client.post("/v1/compliance", json=scene), ComplianceAnswer)["people"]
    assert [row["flag"] for row in rows] == [person["status"] == "helmet" for person in people]
    for row, person in zip(rows, people, strict=True):
        assert list(row) == ["x1", "y1", "x2", "y2", "rate", "flag"]
        assert person["box"]["left"] - 1 <= row["x1"] < row["x2"] <= person["box"]["left"] + person["box"]["width"]
        assert row["rate"] == round(100 * (row["x2"] - row["x1"]) * (row["y2"] - row["y1"]) / (1280 * 720), 3)


def test_form_b_with_hats_is_form_a_with_a_score(client, form_a, form_b):
    assert rows_of(client, form_b) == [row | {"score": 1} for row in rows_of(client, form_a)]


def test_form_b_with_vests_flags_by_overlap(client, form_a):
    first, second = rows_of(client, form_a)
    vest = {"left": first["x1"], "top": first["y1"], "width": first["x2"] - first["x1"]}
    vest["height"] = round(0.5 * (first["y2"] - first["y1"]))
    rows = rows_of(client, {"img": form_a["img"], "location": [BOX, vest], "alarmtype": 2})
    assert [row["flag"] for row in rows] == [True, False]
    assert rows[0]["score"] == pytest.approx(0.5, abs=0.02)
    assert rows[1] == second | {"flag": False, "score": 0}


def test_without_vests_nobody_wears_one(client, form_a):
    rows = rows_of(client, {"img": form_a["img"], "location": [], "alarmtype": 2})
    assert [(row["flag"], row["score"]) for row in rows] == [(False, 0), (False, 0)]


def test_a_client_may_send_text_for_the_list_and_digits_for_numbers(client, form_a):
    request = {
        "img": form_a["img"][0],
        "hat_location": [{name: str(value) for name, value in hat.items()} for hat in form_a["hat_location"]],
    }
    assert rows_of(client, request) == rows_of(client, form_a)


def test_the_ancestors_lenient_base64_is_taken(client, form_a):
    picture = form_a["img"][0]
    request = form_a | {"img": ["*".join((picture[:100], picture[100:].rstrip("=")))]}
    assert rows_of(client, request) == rows_of(client, form_a)


@pytest.mark.parametrize("content_type", [None, "text/plain", "multipart/form-data", "application/json"])
def test_the_body_is_json_whatever_the_content_type_says(client, form_a, content_type):
    response = client.post("/", data=json.dumps(form_a | {"hat_location": []}), content_type=content_type)
    assert len(assert_answer(response, LegacyHelmetAnswer)["data"]) == 2


def test_nobody_is_an_empty_list(client, blank):
    assert rows_of(client, {"img": [blank], "hat_location": [BOX]}) == []


def test_a_picture_of_one_pixel_is_judged(client):
    assert rows_of(client, {"img": [encoded(np.zeros((1, 1, 3), np.uint8))], "hat_location": []}) == []


@pytest.mark.parametrize(
    "box",
    [
        BOX | {"width": 0, "height": 0},
        dict.fromkeys(BOX, 0),
        BOX | {"left": -1e9},
        BOX | {"left": 1e9, "top": "999999999"},
        BOX | {"width": 1e9, "height": 1e9},
    ],
)
@pytest.mark.parametrize("matcher", ["assignment", "legacy"])
def test_odd_boxes_are_judged(client_with, form_a, matcher, box):
    rows = rows_of(client_with(compat_matcher=matcher), form_a | {"hat_location": [box]})
    assert not any(row["flag"] for row in rows)


SHARES = {"left": "0.65", "top": 0.46, "width": 0.09, "height": 0.09}


@pytest.mark.parametrize(
    ("field", "form"), [("hat_location", {}), ("location", {"alarmtype": 3}), ("location", {"alarmtype": 2})]
)
@pytest.mark.parametrize("matcher", ["assignment", "legacy"])
def test_normalised_boxes_are_refused(client_with, form_a, matcher, field, form):
    response = client_with(compat_matcher=matcher).post("/", json={"img": form_a["img"], field: [SHARES], **form})
    message = assert_refused(response, 422, field, code=str)
    assert message == (
        f"{field}: boxes in pixels of the upright picture, "
        "got normalised boxes: no number is beyond 1.5, and the picture has 1280x720 pixels"
    )


def test_normalised_boxes_beside_pixels_are_judged(client, form_a):
    hats = form_a["hat_location"]
    assert rows_of(client, form_a | {"hat_location": [*hats, SHARES]}) == rows_of(client, form_a)


def test_unknown_people_are_left_out_or_flagged_false(client_with, form_a):
    assert rows_of(client_with(min_head_px=1000), form_a) == []
    rows = rows_of(client_with(min_head_px=1000, compat_unknown="false"), form_a)
    assert [row["flag"] for row in rows] == [False, False]


def test_the_legacy_matcher_gives_the_ancestors_rows(client_with, form_a, form_b):
    client = client_with(compat_matcher="legacy")
    rows = rows_of(client, form_a)
    assert len(rows) == 2
    for row in rows:
        share = (row["x2"] - row["x1"]) * (row["y2"] - row["y1"]) / (1280 * 720)
        assert row["rate"] == pytest.approx(round(share, 5) * 100, abs=1e-6)
    assert rows_of(client, form_b) == [row | {"score": 1} for row in rows]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"img": []}, 422, "img"),
        ({"img": [5]}, 422, "img[0]"),
        ({"img": {}}, 422, "img"),
        ({"img": ["aGVsbG8gd29ybGQ="]}, 422, "img"),
        ({"img": [""]}, 422, "img"),
        ({"img": ["x"] * 17}, 413, "img"),
        ({"hat_location": {}}, 422, "hat_location"),
        ({"hat_location": [BOX | {"width": -4}]}, 422, "hat_location[0].width"),
        ({"hat_location": [BOX | {"width": float("nan")}]}, 422, "hat_location[0].width"),
        ({"hat_location": [BOX | {"width": "wide"}]}, 422, "hat_location[0].width"),
        ({"hat_location": [{}] * 10_000}, 413, "hat_location"),
        ({"location": []}, 422, "location"),
        ({"alarmtype": 5}, 422, "alarmtype"),
    ],
)
def test_a_wrong_field_is_told_in_the_legacy_shape(client, form_a, change, status, field):
    assert_refused(client.post("/", json=form_a | change), status, field, code=str)


def test_neither_form_is_refused_so_that_a_mistyped_name_alarms_for_nobody(client, form_a):
    request = {"img": form_a["img"], "hat_locations": form_a["hat_location"]}
    assert_refused(client.post("/", json=request), 422, "hat_location", code=str)


def test_code_stays_text_whatever_is_set(client_with):
    for compat_code in ("int", "string"):
        assert_refused(client_with(compat_code=compat_code).post("/", json={}), 422, code=str)


def test_a_picture_with_a_packet_missing_is_not_judged(client, scene_bytes):
    damaged = base64.b64encode(scene_bytes[:40_000] + scene_bytes[41_460:]).decode()
    message = assert_refused(client.post("/", json={"img": damaged, "hat_location": []}), 422, "img")
    assert message == "img: a whole JPEG picture, got a damaged JPEG"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_packed_body_is_refused(client, form_a, encoding):
    response = client.post("/", json=form_a, headers={"Content-Encoding": encoding})
    assert assert_refused(response, 415, "Content-Encoding").endswith(f"got {encoding}")


def test_a_picture_in_the_url_safe_alphabet_is_judged_as_any_other(client, form_a):
    url_safe = form_a["img"][0].translate(str.maketrans("+/", "-_"))
    assert rows_of(client, form_a | {"img": [url_safe]}) == rows_of(client, form_a)


def test_blanks_that_were_plus_signs_are_named(client, form_a):
    response = client.post("/", json=form_a | {"img": [form_a["img"][0].replace("+", " ")]})
    assert "blanks and no +" in assert_refused(response, 422, "img")
