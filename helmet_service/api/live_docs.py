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


def live_path() -> Json:
    """The path and its operation, as apispec takes them."""
    messages = "The client sends pictures or ComplianceRequest with `seq`, and gets LiveAnswer"
    operation = live_operation("live", "client", "Who wears a helmet, frame after frame", messages)
    return {"path": "/v1/live/{client}", "operations": {"get": operation}}


def live_operation(tag: str, name: str, summary: str, messages: str) -> Json:
    """The operation that begins a live stream. name: of the path's parameter."""
    told = f"A WebSocket. {messages} or LiveProblemAnswer"
    return {
        "tags": [tag],
        "summary": summary,
        "parameters": [{"in": "path", "name": name, "required": True, "schema": {"type": "string", "maxLength": 128}}],
        "responses": {"101": {"description": told}} | problems(_REFUSALS),
    }
