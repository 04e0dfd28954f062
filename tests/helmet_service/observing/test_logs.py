from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from helmet_service.observing import logs


def test_a_line_of_text_tells_of_a_request_what_json_tells_in_fields(caplog):
    caplog.set_level(logging.INFO)
    logs.access("POST", "/v1/poses", 503, 1.234, "queue_full")
    (record,) = caplog.records
    assert logs.formatter("text").format(record).endswith("[-]: POST /v1/poses 503 1.2 ms queue_full")
    line = logs.formatter("json").format(record)
    told = json.loads(line)
    assert "\n" not in line
    assert datetime.fromisoformat(told.pop("time")).tzinfo == UTC
    assert told.pop("pid") > 0
    assert told == {
        "level": "INFO",
        "logger": "helmet_service.access",
        "message": "POST /v1/poses 503 1.2 ms queue_full",
        "method": "POST",
        "route": "/v1/poses",
        "status": 503,
        "duration_ms": 1.23,
        "reason": "queue_full",
    }


def test_a_failure_is_one_line_of_json_with_its_traceback(caplog):
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger("helmet_service").exception("it failed")
    line = logs.formatter("json").format(caplog.records[0])
    assert "\n" not in line
    assert "ZeroDivisionError: division by zero" in json.loads(line)["exc_info"]


def test_libraries_do_not_log_addresses(monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    try:
        logs.configure("debug", "text")
        assert root.isEnabledFor(logging.DEBUG)
        assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.DEBUG)
    finally:
        root.setLevel(level)
