"""Letting a client in when only the head of its request has come, before a byte of a large body is received."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request

from helmet_service.http.letting_in import LET_IN, behind_proxies, let_in
from helmet_service.http.problems import Problem
from helmet_service.work.service import Service


def let_in_early(environ: dict[str, Any], service: Service) -> None:
    """Note in the environment what `let_in` says, so that the request is counted once; its Problem is raised, too."""

    def ask(told: dict[str, Any], _: object) -> tuple[()]:
        environ[LET_IN] = let_in(Request(told), service.keys, service.rate_limit)
        return ()

    try:
        behind_proxies(ask, service.settings.trusted_proxies)(environ.copy(), _starts_nothing)
    except Problem as problem:
        environ[LET_IN] = problem
        raise


def _starts_nothing(*_: object) -> Any:  # noqa: ANN401  WSGI's own
    raise AssertionError("nothing is answered before the body")
