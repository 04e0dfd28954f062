"""Headers for browsers in every answer: no type guessing, no frames, and which origins may read it (CORS)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import Response, request
from werkzeug.datastructures import Headers

from helmet_service.http.problems import refusal
from pose.errors import shown

# An answer is data: if a browser shows one as a page, the page may load nothing and run nothing. /docs sets its own.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_REQUEST_HEADERS: Final = "Authorization, Content-Type, X-API-Key"
_ANSWER_HEADERS: Final = "Retry-After, X-Request-Id"
_PREFLIGHT_VALID_S: Final = "600"


def add_browser_rules(response: Response, origins: Collection[str]) -> Response:
    """Add the headers that the answer lacks, and let pages of these origins (`CORS_ORIGINS`) read it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if origins:
        response.vary.add("Origin")
        if request.origin in origins:
            _allow(response, request.origin)
    return response


def check_origin(origin: str | None, host: str | None, origins: Collection[str]) -> None:
    """Problem 403 for a WebSocket of a page that is neither of this host nor of these origins (`CORS_ORIGINS`).

    A browser lets any page open one and read its answers, and says only here whose page it is. Other clients send no
    origin. host: the header `Host`; schemes are not compared, as a proxy may do TLS.
    """
    if origin is None or origin in origins:
        return
    if not _is_of(origin, host):
        raise refusal(403, "Origin", "this host or one of CORS_ORIGINS", shown(origin))


def check_own_page(headers: Headers) -> None:
    """Problem 403 for a call with a cookie, which browsers send for any page, that does not say it is of our own page.

    `Sec-Fetch-Site`, which browsers add on HTTPS, tells pages apart that have this host but another scheme.
    """
    origin = headers.get("Origin", "")
    if not (_is_of(origin, headers.get("Host")) and headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"):
        raise refusal(403, "Origin", "this host, as the call has a cookie", shown(origin) or "nothing")


def _is_of(origin: str, host: str | None) -> bool:
    return bool(host) and origin.partition("://")[2].lower() == str(host).lower()


def _allow(response: Response, origin: str) -> None:
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _ANSWER_HEADERS
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = _PREFLIGHT_VALID_S
