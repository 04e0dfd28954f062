"""`/ui/session`: a person signs in to the page with an API key, sees who is signed in, and signs out."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from helmet_service.http.access import client_address, key_in, unknown_key
from helmet_service.http.browser_rules import check_own_page
from helmet_service.http.page_session import COOKIE, LASTS_S, Session, new_cookie, session_of
from helmet_service.work.service import Service

_PATH: Final = "/ui/session"


class _PageSession:
    """The routes of the page's session. They need no key."""

    def __init__(self, service: Service) -> None:
        self._keys, self._rate_limit = service.keys, service.rate_limit

    def session(self) -> Response:
        """Whether a key is needed, and who is signed in."""
        return self._told(session_of(request.cookies.get(COOKIE, ""), self._keys) if self._keys else None)

    def sign_in(self) -> Response:
        """A cookie for the key that is shown; Problem 401 for another, 403 for another page, 429 after too many."""
        check_own_page(request.headers)
        if self._keys is None:
            return self._told(None)
        self._rate_limit.count(client_address(request.remote_addr))
        key = key_in(request.headers)
        digest = self._keys.digest(key)
        if digest is None:
            raise unknown_key(key)
        cookie = new_cookie(digest)
        answer = self._told(session_of(cookie, self._keys))
        answer.set_cookie(COOKIE, cookie, LASTS_S, **_attributes())
        return answer

    def sign_out(self) -> Response:
        """Remove the cookie; Problem 403 for another page."""
        check_own_page(request.headers)
        answer = self._told(None)
        answer.delete_cookie(COOKIE, **_attributes())
        return answer

    def _told(self, session: Session | None) -> Response:
        answer = jsonify(
            needs_key=self._keys is not None,
            client=session and session.client,
            ends_s=session and session.ends_s,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer


def page_session(service: Service) -> Blueprint:
    """The blueprint of the page's session."""
    surface, routes = Blueprint("page_session", __name__), _PageSession(service)
    surface.get(_PATH)(routes.session)
    surface.post(_PATH)(routes.sign_in)
    surface.delete(_PATH)(routes.sign_out)
    return surface


def _attributes() -> dict[str, Any]:
    """Of the cookie: for this service alone, also below a proxy's path; on HTTPS alone when it came by that."""
    is_secure = (request.origin or "").startswith("https:")
    path = "/" + request.script_root.strip("/")
    return {"path": path, "secure": is_secure, "httponly": True, "samesite": "Strict"}
