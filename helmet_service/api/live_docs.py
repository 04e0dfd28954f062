"""The route of live streams in the OpenAPI document, which has no words for the messages behind it."""

from __future__ import annotations

from typing import Final

from helmet_service.api.documented_answers import REFUSALS, Json, problems

_REFUSALS: Final = {
    400: "No WebSocket: the key of the handshake is missing",
    401: REFUSALS[401],
    403: "A page of another origin",
    422: "The client's name is too long, or not printable",
    426: "No WebSocket: send a handshake of RFC 6455",
    429: REFUSALS[429],
    500: REFUSALS[500],
    503: "Not ready, or as many live clients as LIVE_MAX",
}
_NAME: Final = {"in": "path", "name": "client", "required": True, "schema": {"type": "string", "maxLength": 128}}


def live_path() -> Json:
    """The path and its operation, as apispec takes them."""
    messages = "A WebSocket. The client sends pictures or ComplianceRequest with `seq`, and gets LiveAnswer"
    operation = {
        "tags": ["live"],
        "summary": "Who wears a helmet, frame after frame",
        "parameters": [_NAME],
        "responses": {"101": {"description": f"{messages} or LiveProblemAnswer"}} | problems(_REFUSALS),
    }
    return {"path": "/v1/live/{client}", "operations": {"get": operation}}
