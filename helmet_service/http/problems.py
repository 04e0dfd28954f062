"""Errors in the wire format: problem+json (RFC 9457) on v1, `code`, `message` and `data` on the legacy surface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from pose.pictures.headers import PictureError, PictureTooLargeError

MOST_ERRORS: Final = 20

_REASONS: Final = {
    400: "malformed",
    401: "key_missing",
    403: "foreign_page",
    404: "no_such_route",
    405: "no_such_method",
    408: "body_too_slow",
    409: "no_result",
    410: "removed",
    413: "too_large",
    415: "content_type",
    416: "range",
    422: "wrong_field",
    426: "no_websocket",
    429: "too_fast",
    500: "fault",
    504: "deadline",
}
# Python 3.11 still has RFC 7231's names.
_TITLES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one key, header or part of a request: an item of `errors` in an answer.

    The texts are sent to the client: clipped, printable, without secrets.
    """

    field: str
    expected: str
    got: str


class Problem(Exception):  # noqa: N818  RFC 9457's word
    """Raised where a request cannot be answered with 200; `api/request_hooks.py` makes the answer.

    detail: one sentence. headers: of the answer (`Allow`, `Retry-After`). reason: for programs, and the label of
    the metric `helmet_rejections`; by default the one of the status.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.reason = reason or _REASONS.get(status, str(status))

    @property
    def in_words(self) -> str:
        """Its errors in one line, or its detail."""
        errors = (f"{error.field}: expected {error.expected}, got {error.got}" for error in self.errors)
        return "; ".join(errors) or self.detail


def refusal(status: int, field: str, expected: str, got: str) -> Problem:
    """The problem of one wrong field; `expected` and `got` complete "expected ..., got ..."."""
    return wrong_fields(status, [FieldError(field, expected, got)])


def wrong_fields(status: int, errors: Iterable[FieldError]) -> Problem:
    """One problem of several wrong fields: it lists the first 20 and counts the rest."""
    rest = iter(errors)
    listed = tuple(islice(rest, MOST_ERRORS))
    count = len(listed) + sum(1 for _ in rest)
    detail = "1 field is wrong" if count == 1 else f"{count} fields are wrong"
    if count > len(listed):
        detail += f", the first {len(listed)} are listed"
    return Problem(status, detail, listed)


@contextmanager
def picture_errors(key: str) -> Iterator[None]:
    """Raise a PictureError as a Problem 413 or 422 that names the picture's key in the request."""
    try:
        yield
    except PictureError as error:
        status = 413 if isinstance(error, PictureTooLargeError) else 422
        raise refusal(status, key, error.expected, error.got) from error


def overloaded(reason: str, expected: str, got: str) -> Problem:
    """Problem 503: the service cannot do this work now; the detail is `got`."""
    return Problem(503, got, [FieldError("service", expected, got)], {"Retry-After": "1"}, reason)


def problem_body(problem: Problem, request_id: str) -> dict[str, Any]:
    """The body of an `application/problem+json` answer (RFC 9457)."""
    return {
        "type": "about:blank",
        "title": _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "reason": problem.reason,
        "request_id": request_id,
        "errors": [{"field": e.field, "expected": e.expected, "got": e.got} for e in problem.errors],
    }


def legacy_body(problem: Problem, *, code_as_text: bool) -> dict[str, Any]:
    """The body of an error on the legacy surface; its message is the first wrong field, or the detail."""
    message = problem.detail
    if problem.errors:
        first, more = problem.errors[0], len(problem.errors) - 1
        message = f"{first.field}: {first.expected}, got {first.got}" + (f" ({problem.detail})" if more else "")
    return {"code": str(problem.status) if code_as_text else problem.status, "message": message, "data": []}
