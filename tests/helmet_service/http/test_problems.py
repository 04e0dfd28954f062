from __future__ import annotations

import pytest

from helmet_service.http.problems import (
    FieldError,
    Problem,
    legacy_body,
    picture_errors,
    problem_body,
    refusal,
    wrong_fields,
)
from pose.pictures.headers import PictureError, PictureTooLargeError


def test_twenty_errors_are_listed_and_the_others_counted():
    problem = wrong_fields(422, (FieldError(str(n), "less", "more") for n in range(21)))
    assert [error.field for error in problem.errors] == [str(n) for n in range(20)]
    assert problem.detail == "21 fields are wrong, the first 20 are listed"


@pytest.mark.parametrize(("count", "detail"), [(1, "1 field is wrong"), (20, "20 fields are wrong")])
def test_the_detail_counts(count, detail):
    assert wrong_fields(422, [FieldError("a", "b", "c")] * count).detail == detail


@pytest.mark.parametrize(
    ("status", "title", "reason"),
    [
        (400, "Bad Request", "malformed"),
        (413, "Content Too Large", "too_large"),
        (422, "Unprocessable Content", "wrong_field"),
        (503, "Service Unavailable", "503"),
        (504, "Gateway Timeout", "deadline"),
    ],
)
def test_a_problem_has_the_title_and_the_reason_of_its_status(status, title, reason):
    body = problem_body(refusal(status, "a", "b", "c"), "01J")
    assert body == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": "1 field is wrong",
        "reason": reason,
        "request_id": "01J",
        "errors": [{"field": "a", "expected": "b", "got": "c"}],
    }


def test_the_legacy_body_tells_the_first_field_and_that_there_are_more():
    problem = wrong_fields(422, [FieldError("img", "text", "5"), FieldError("location", "a list", "nothing")])
    assert legacy_body(problem, code_as_text=True) == {
        "code": "422",
        "message": "img: text, got 5 (2 fields are wrong)",
        "data": [],
    }


def test_the_legacy_body_has_the_detail_when_no_field_is_wrong():
    assert legacy_body(Problem(503, "full"), code_as_text=False) == {"code": 503, "message": "full", "data": []}


@pytest.mark.parametrize(("error", "status"), [(PictureError, 422), (PictureTooLargeError, 413)])
def test_a_picture_that_is_refused_names_its_field(error, status):
    with pytest.raises(Problem) as raised, picture_errors("img[3]"):
        raise error("a small picture", "a large one")
    assert raised.value.status == status
    assert raised.value.errors == (FieldError("img[3]", "a small picture", "a large one"),)
