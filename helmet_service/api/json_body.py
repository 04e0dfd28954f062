"""A request's body as JSON, where its type says that it is."""

from __future__ import annotations

from flask import g, request

from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_json
from pose.errors import shown


def is_json() -> bool:
    """Whether the request says that its body is JSON."""
    return request.mimetype == "application/json" or request.mimetype.endswith("+json")


def read_json(expected: str = "application/json") -> object:
    """The body, parsed; Problem 415 when its type is another, 400 or 413 as for `parse_json`.

    expected: the types that the route takes, in words. A type is insisted on, as a browser sends others for any page.
    """
    if not is_json():
        raise refusal(415, "Content-Type", expected, shown(request.mimetype) or "nothing")
    return parse_json(g.body.read())
