"""What every answer tells browsers: not to guess types, to frame nothing, whose pages may read it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import Response, request

# An answer is data: where a browser shows one as a page, that page may load and do nothing. /docs has rules of its own.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ASKED_WITH: Final = "Authorization, Content-Type, X-API-Key"
_TOLD: Final = "Retry-After, X-Request-Id"
_REMEMBERED_S: Final = "600"  # for so long a browser need not ask again before it posts


def add_browser_rules(response: Response, origins: Collection[str]) -> Response:
    """Add the headers that an answer does not have itself, and let pages of these origins (`CORS_ORIGINS`) read it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if origins:
        response.vary.add("Origin")
        if request.origin in origins:
            _allow(response, request.origin)
    return response


def _allow(response: Response, origin: str) -> None:
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _TOLD
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _ASKED_WITH
        response.headers["Access-Control-Max-Age"] = _REMEMBERED_S
