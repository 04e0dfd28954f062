"""The list of a client's video jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from helmet_service.api.job_events import job_json
from helmet_service.video.job import Job

MOST: Final = 100


def job_list(jobs: Sequence[Job], owner: str) -> list[dict[str, Any]]:
    """The newest jobs of one client, newest first, at most `MOST`; jobs: those of all clients, oldest first.

    created_s: since 1970. duration_s: of the video, None where its file does not say. ahead: of a queued job, how many
    older ones of all clients are not finished.
    """
    places = {job.id: place for place, job in enumerate(job for job in jobs if not job.is_finished)}
    own = [job for job in reversed(jobs) if job.owner == owner][:MOST]
    return [
        job_json(job)
        | {
            "created_s": round(job.created_s, 3),
            "duration_s": job.facts["duration_s"],
            "ahead": places[job.id] if job.state == "queued" else None,
        }
        for job in own
    ]
