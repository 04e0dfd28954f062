"""How log lines look: text for people, or one JSON object a line; each tells the request that it belongs to."""

from __future__ import annotations

import logging
from typing import Final

from flask import g, has_request_context
from pythonjsonlogger.json import JsonFormatter

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s"
_ACCESS: Final = logging.getLogger("helmet_service.http.access")


def configure(level: str, form: str) -> None:
    """Let everything that is logged in this process go to stderr in the form `text` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form))
    handler.addFilter(_add_request_id)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def formatter(form: str) -> logging.Formatter:
    """Lines in the form `text` or `json`; in JSON `time` is UTC, and what a message tells apart are fields."""
    if form == "text":
        return logging.Formatter(_TEXT, defaults={"request_id": "-"})
    names = {"levelname": "level", "name": "logger", "process": "pid"}
    return JsonFormatter(("levelname", "name", "process", "message"), rename_fields=names, timestamp="time")


def access(
    method: str, route: str, status: int, duration_ms: float, reason: str | None, request_id: str | None = None
) -> None:
    """One line of a request that was answered; reason: why it was refused. No path, header or body.

    request_id: of a request that the app never sees; of others it is known.
    """
    told = {"method": method, "route": route, "status": status, "duration_ms": round(duration_ms, 2)}
    if reason is not None:
        told["reason"] = reason
    if request_id is not None:
        told["request_id"] = request_id
    _ACCESS.info("%s %s %d %.1f ms%s", method, route, status, duration_ms, f" {reason}" if reason else "", extra=told)


def _add_request_id(record: logging.LogRecord) -> bool:
    if has_request_context() and "request_id" in g:
        record.request_id = g.request_id
    return True
