"""The form of log lines: text, or one JSON object a line; each has its request's id."""

from __future__ import annotations

import logging
from typing import Final

from flask import g, has_request_context
from pythonjsonlogger.json import JsonFormatter

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s"
_ACCESS: Final = logging.getLogger("helmet_service.access")


def configure(level: str, form: str) -> None:
    """Log to stderr in the form `text` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form))
    handler.addFilter(_add_request_id)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Its lines of level DEBUG have whole addresses, which may hold a password.
    logging.getLogger("urllib3").setLevel(max(logging.INFO, logging.getLogger().level))


def formatter(form: str) -> logging.Formatter:
    """Lines in the form `text` or `json`; in JSON `time` is UTC, and the parts of a message have keys of their own."""
    if form == "text":
        return logging.Formatter(_TEXT, defaults={"request_id": "-"})
    names = {"levelname": "level", "name": "logger", "process": "pid"}
    return JsonFormatter(("levelname", "name", "process", "message"), rename_fields=names, timestamp="time")


def access(method: str, route: str, status: int, duration_ms: float, reason: str | None) -> None:
    """Log one line about an answered request, without its path, headers and body; reason: why it was refused."""
    parts = {"method": method, "route": route, "status": status, "duration_ms": round(duration_ms, 2)}
    parts |= {"reason": reason} if reason else {}
    _ACCESS.info("%s %s %d %.1f ms%s", method, route, status, duration_ms, f" {reason}" if reason else "", extra=parts)


def _add_request_id(record: logging.LogRecord) -> bool:
    if has_request_context() and "request_id" in g:
        record.request_id = g.request_id
    return True
