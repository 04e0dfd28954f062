"""Whom the service lets in, by API key and rate limit: decided before anything else of a request is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request

from helmet_service.http.access import (
    Keys,
    client_address,
    client_of,
    is_counted,
    is_for_frames,
    is_open,
    key_in,
    unknown_key,
)
from helmet_service.http.browser_rules import check_own_page
from helmet_service.http.page_session import COOKIE, session_of
from helmet_service.http.rate_limit import RateLimit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LET_IN: Final = "helmet_service.let_in"  # in a WSGI environment: what `let_in` said when only the head had come
_READING: Final = ("GET", "HEAD")


def let_in(request: Request, keys: Keys | None, rate_limit: RateLimit) -> str:
    """The name of the client's API key, "" where none is needed. A key counts before a cookie of the page.

    Raises Problem 401 without a key where one is needed, 403 for another page's use of the cookie, 429 over the limit.
    """
    if is_open(request.path) or request.method == "OPTIONS":  # browsers send no key with a preflight request
        return ""
    as_password = is_for_frames(request.path)
    key = key_in(request.headers, as_password=as_password)
    known = _client(request, key, keys) if keys else None
    keyless = keys is not None and known is None
    if keyless or is_counted(request.path):
        rate_limit.count(known or client_address(request.remote_addr))
    if keyless:
        raise unknown_key(key, as_password=as_password)
    if known and not key and not _only_reads(request):
        check_own_page(request.headers)
    return known or ""


def behind_proxies(app: WSGIApplication, proxies: int) -> ProxyFix:
    """The application, told addresses and path as so many trusted proxies forward them.

    Every proxy adds an address, but not every one a path prefix: of the prefixes the last counts.
    """
    return ProxyFix(app, x_for=proxies, x_proto=0, x_prefix=min(proxies, 1))


def _client(request: Request, key: str, keys: Keys) -> str | None:
    if not key:
        session = session_of(request.cookies.get(COOKIE, ""), keys)
        return session.client if session else None
    digest = keys.digest(key)
    return client_of(digest) if digest else None


def _only_reads(request: Request) -> bool:
    """Whether a request only has an answer, which a foreign page cannot read; that of a WebSocket it could."""
    return request.method in _READING and "Upgrade" not in request.headers
