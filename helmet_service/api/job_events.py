"""A video job's changes as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from helmet_service.video.job import Job

EACH_S: Final = 1.0
_QUIET: Final = 10  # readings; then a comment tells a client and its proxies that the stream lives
_RETRY: Final = b"retry: 3000\n\n"  # milliseconds until a client whose stream broke off comes again


def job_events(job: Job, read: Callable[[], Job | None], is_stopping: Callable[[], bool]) -> Iterator[bytes]:
    """The job now and after each change, until it has ended or the server stops; one that is gone ends as cancelled.

    After a piece without bytes the job is read again: whoever asks for the next piece waits for `EACH_S` before.
    """
    yield _RETRY
    told: dict[str, Any] = {}
    quiet = 0
    while not is_stopping():
        job = read() or replace(job, state="cancelled")
        news = job_json(job)
        if news != told:
            yield b"data: " + json.dumps(news).encode() + b"\n\n"
            told, quiet = news, 0
        elif quiet % _QUIET == 0:
            yield b": still here\n\n"
        if job.is_finished:
            return
        quiet += 1
        yield b""


def job_json(job: Job) -> dict[str, Any]:
    """The job object of the wire format, with the request as it is understood."""
    return job.public() | {"request": job.request}
