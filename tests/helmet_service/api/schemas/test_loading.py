from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import (
    ComplianceRequest,
    LegacyHelmetRequest,
    LegacyPictureRequest,
    LegacyPicturesRequest,
    PosesRequest,
)
from helmet_service.http.problems import FieldError, Problem

HAT: dict[str, Any] = {"left": 1, "top": -2, "width": 3.5, "height": 4}
LIMITS = {"hats": 500, "vests": 500, "img": 16, "hat_location": 500, "location": 500}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def errors_of(schema, data) -> list[FieldError]:
    with pytest.raises(Problem) as raised:
        load(schema(), data, LIMITS)
    assert raised.value.status == 422
    return list(raised.value.errors)


def test_a_compliance_request_has_defaults():
    assert load(ComplianceRequest(), {"picture": "x", "hats": [HAT]}, LIMITS) == {
        "picture": "x",
        "hats": [HAT | {"score": None}],
        "hat_boxes": "auto",
        "trust": None,
        "vests": None,
        "matcher": "assignment",
        "scales": None,
        "looks": None,
        "tiles": None,
        "include": [],
        "id": None,
    }


@pytest.mark.parametrize(
    ("change", "field", "expected", "got"),
    [
        ({"picture": 5}, "picture", "base64 of a JPEG, PNG, BMP or WebP, or a data URL of one", "5"),
        ({"picture": None}, "picture", "base64 of a JPEG, PNG, BMP or WebP, or a data URL of one", "null"),
        ({"hats": {}}, "hats", None, "an object of 0 fields"),
        ({"hats": "x" * 100}, "hats", None, "text of 100 characters"),
        ({"hats": [None]}, "hats[0]", None, "null"),
        ({"hats": [HAT, []]}, "hats[1]", "an object", "a list of 0"),
        ({"hats": [HAT | {"width": 0}]}, "hats[0].width", "a number > 0", "0"),
        ({"hats": [HAT | {"height": -4}]}, "hats[0].height", "a number > 0", "-4"),
        ({"hats": [HAT | {"left": "12"}]}, "hats[0].left", "a number", '"12"'),
        ({"hats": [HAT | {"left": True}]}, "hats[0].left", "a number", "true"),
        ({"hats": [HAT | {"left": math.nan}]}, "hats[0].left", "a number", "NaN"),
        ({"hats": [HAT | {"top": math.inf}]}, "hats[0].top", "a number", "Infinity"),
        ({"hats": [HAT | {"top": 10**4000}]}, "hats[0].top", "a number, not beyond 1e9", "1" + 78 * "0" + "…"),
        ({"hats": [HAT | {"top": None}]}, "hats[0].top", "a number", "null"),
        ({"hats": [HAT | {"score": 1.01}]}, "hats[0].score", "a number from 0 to 1", "1.01"),
        ({"hats": [HAT | {"label": "hat"}]}, "hats[0].label", "no such field", '"hat"'),
        ({"vests": [HAT | {"width": "3"}]}, "vests[0].width", "a number > 0", '"3"'),
        ({"trust": "nobody"}, "trust", "hats or both or model", '"nobody"'),
        ({"matcher": "hungarian"}, "matcher", "assignment or legacy", '"hungarian"'),
        ({"hat_boxes": None}, "hat_boxes", "auto or shell or head", "null"),
        ({"include": "head"}, "include", "a list of keypoints or head or annotated or hands", '"head"'),
        ({"include": ["head", 5]}, "include[1]", None, "5"),
        ({"id": ""}, "id", "1 to 128 printable characters", '""'),
        ({"id": "x" * 129}, "id", "1 to 128 printable characters", "text of 129 characters"),
        ({"id": "a\nb"}, "id", "1 to 128 printable characters", '"a\\nb"'),
        ({"id": "\ud800"}, "id", "1 to 128 printable characters", '"\\ud800"'),
        ({"pictures": "x" * 79}, "pictures", "no such field", "text of 79 characters"),
        ({"n\0" + "x" * 100: 1}, "n\\x00" + "x" * 74 + "…", "no such field", "1"),
        ({"\ud800": 1}, "\\ud800", "no such field", "1"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_expected_and_what_came(change, field, expected, got):
    (error,) = errors_of(ComplianceRequest, {"picture": "x", "hats": [HAT]} | change)
    assert (error.field, error.got) == (field, got)
    assert expected in (None, error.expected)


def test_every_wrong_field_is_told_at_once():
    errors = errors_of(ComplianceRequest, {"hats": [{}], "matcher": 1})
    fields = ["picture", "hats[0].left", "hats[0].top", "hats[0].width", "hats[0].height", "matcher"]
    assert [error.field for error in errors] == fields


@pytest.mark.parametrize("data", [None, [], "x", 5, True])
def test_what_is_no_object_is_refused(data):
    (error,) = errors_of(ComplianceRequest, data)
    assert (error.field, error.expected) == ("body", "an object")


@pytest.mark.parametrize(
    ("schema", "field", "data"),
    [
        (ComplianceRequest, "hats", {"hats": ["no hat"] * 501}),
        (ComplianceRequest, "vests", {"vests": ["no vest"] * 501}),
        (LegacyHelmetRequest, "hat_location", {"hat_location": [0] * 10_000}),
        (LegacyPicturesRequest, "img", {"img": [0] * 17}),
    ],
)
def test_a_long_list_is_refused_before_its_elements_are_looked_at(schema, field, data):
    with pytest.raises(Problem) as raised:
        load(schema(), data, LIMITS)
    assert raised.value.status == 413
    assert raised.value.errors == (
        FieldError(field, f"a list of at most {LIMITS[field]}", f"a list of {len(data[field])}"),
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"left": "12"}, 12.0),
        ({"left": "-3.5"}, -3.5),
        ({"left": 7}, 7.0),
    ],
)
def test_the_legacy_surface_takes_digit_strings(change, expected):
    loaded = load(LegacyHelmetRequest(), {"img": "x", "hat_location": [HAT | change]}, LIMITS)
    assert loaded["hat_location"][0]["left"] == expected


@pytest.mark.parametrize("text", ["", " 1", "1e3", "0x10", "NaN", "Infinity", "1" * 13, "٣", "1,5"])
def test_other_text_is_no_number(text):
    (error,) = errors_of(LegacyHelmetRequest, {"img": "x", "hat_location": [HAT | {"left": text}]})
    assert error == FieldError("hat_location[0].left", "a number", f'"{text}"')


def test_the_legacy_surface_takes_empty_boxes_but_no_negative_ones():
    load(LegacyHelmetRequest(), {"img": "x", "hat_location": [HAT | {"width": 0, "height": "0"}]}, LIMITS)
    (error,) = errors_of(LegacyHelmetRequest, {"img": "x", "hat_location": [HAT | {"width": -1}]})
    assert error == FieldError("hat_location[0].width", "a number >= 0", "-1")


def test_the_legacy_surface_ignores_unknown_fields():
    known = {"img": "x", "hat_location": [HAT]}
    unknown = {"img": "x", "t": 6, "hat_location": [HAT | {"class": "hat"}]}
    assert load(LegacyHelmetRequest(), unknown, LIMITS) == load(LegacyHelmetRequest(), known, LIMITS)


@pytest.mark.parametrize(
    ("forms", "field"),
    [
        ({}, "hat_location"),
        ({"hat_locations": []}, "hat_location"),
        ({"alarmtype": 3}, "hat_location"),
        ({"hat_location": None}, "hat_location"),
        ({"hat_location": [], "location": [], "alarmtype": 3}, "location"),
        ({"location": []}, "alarmtype"),
        ({"location": [], "alarmtype": 1}, "alarmtype"),
        ({"location": [], "alarmtype": "hats"}, "alarmtype"),
        ({"location": [], "alarmtype": True}, "alarmtype"),
        ({"hat_location": [], "alarmtype": 4}, "alarmtype"),
        ({"hat_location": [], "alarmtype": 2}, "alarmtype"),
        ({"location": {}, "alarmtype": 3}, "location"),
    ],
)
def test_neither_form_or_a_mixture_is_refused(forms, field):
    assert [error.field for error in errors_of(LegacyHelmetRequest, {"img": "x"} | forms)] == [field]


@pytest.mark.parametrize(
    "forms",
    [
        {"hat_location": []},
        {"hat_location": [], "alarmtype": 3},
        {"hat_location": None, "location": [], "alarmtype": 2},
        {"location": [], "alarmtype": "3"},
        {"location": [], "alarmtype": 2.0},
    ],
)
def test_both_forms_are_taken(forms):
    loaded = load(LegacyHelmetRequest(), {"img": "x"} | forms, LIMITS)
    boxes = "location" if "location" in forms else "hat_location"
    assert loaded[boxes] == []
    assert loaded["alarmtype"] == (None if "alarmtype" not in forms else float(forms["alarmtype"]))


@pytest.mark.parametrize(
    ("schema", "img", "texts"),
    [
        (LegacyPictureRequest, "x", ["x"]),
        (LegacyPictureRequest, ["x", 5], ["x"]),
        (LegacyPicturesRequest, ["x", "y"], ["x", "y"]),
        (LegacyPicturesRequest, "x", ["x"]),
        (LegacyPictureRequest, [5, "x", "y"], ["x"]),
    ],
)
def test_pictures_are_text_or_lists_of_it(schema, img, texts):
    assert load(schema(), {"img": img}, LIMITS) == {"img": texts}


@pytest.mark.parametrize(
    ("schema", "img", "field"),
    [
        (LegacyPictureRequest, [], "img"),
        (LegacyPictureRequest, None, "img"),
        (LegacyPictureRequest, {"0": "x"}, "img"),
        (LegacyPictureRequest, [5, None], "img[0]"),
        (LegacyPicturesRequest, ["x", None], "img[1]"),
    ],
)
def test_what_is_no_picture_text_is_named(schema, img, field):
    assert [error.field for error in errors_of(schema, {"img": img})] == [field]


@pytest.mark.parametrize("schema", [ComplianceRequest, PosesRequest, LegacyHelmetRequest, LegacyPicturesRequest])
@given(
    data=JUNK
    | st.dictionaries(
        st.sampled_from(
            ["picture", "hats", "vests", "include", "id", "matcher", "img", "location", "hat_location", "alarmtype"]
        ),
        JUNK | st.lists(st.dictionaries(st.sampled_from(list(HAT)), JUNK), max_size=2),
    )
)
@settings(max_examples=50)
def test_any_json_is_loaded_or_refused_in_words_that_can_be_sent(schema, data):
    try:
        load(schema(), data, LIMITS)
        errors: tuple[FieldError, ...] = ()
    except Problem as problem:
        errors = problem.errors
    for error in errors:
        assert "" not in (error.field, error.expected, error.got)
        assert (error.field + error.expected + error.got).isprintable()
        assert max(len(error.field), len(error.got)) <= 80
