"""`python -m helmet_service.video.run ID PARENT`: one job, in the process that the consumer starts for it.

It goes on behind the last finished part: a process that is killed loses half a part.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Final

import cv2

from helmet_service.observing import logs
from helmet_service.settings import Settings
from helmet_service.shared_files import replace_json
from helmet_service.verdicts.watching import timeline
from helmet_service.video import process_limits
from helmet_service.video.ahead import ahead
from helmet_service.video.drawing_frames import draw_frames, judge_frames
from helmet_service.video.frame_hats import FrameHats
from helmet_service.video.frame_judge import FrameLooker, JudgedFrame, LineJudge
from helmet_service.video.job import Job, JobGoneError
from helmet_service.video.jobs import Jobs
from helmet_service.video.outcome import damage, summary, timeline_json
from helmet_service.video.parts import Parts
from helmet_service.video.telling import Telling
from helmet_service.video.trouble import in_words, is_explained, may_pass
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service
from helmet_service.work.showing import showable
from pose.video.decoding import Video
from pose.video.reading import MOST_PIXELS, Frame, open_video
from pose.video.sources import usual_every

_LOG: Final = logging.getLogger(__name__)
_MOST_WAITING: Final = 128_000_000  # bytes of frames between two stages


def main() -> int:
    """Run a job; what becomes of it stands in its folder. Returns the exit status, 1 after trouble that may pass."""
    job_id, parent = sys.argv[1], int(sys.argv[2])
    process_limits.end_with(parent)
    process_limits.leave_signals_to_parent()
    process_limits.give_way()
    settings = Settings.from_environment(os.environ)
    logs.configure(settings.log_level, settings.log_format)
    cv2.setNumThreads(1)
    jobs = Jobs(settings)
    try:
        run(jobs, job_id, settings)
    except JobGoneError as gone:
        _LOG.info("%s", gone)
    except Exception as error:  # noqa: BLE001  whatever it is, the job says so
        return _give_up(jobs, job_id, error)
    return 0


def run(jobs: Jobs, job_id: str, settings: Settings) -> None:
    """Work through a running job; raises what it fails by, and JobGoneError when it was cancelled meanwhile."""
    job = jobs.change(job_id, lambda job: job.become("running"))
    process_limits.bound_time(process_limits.processor_s(job.facts, _every(job), settings))
    settings = replace(settings, inferences=1, batch=0, api_keys_file="", rate_limit=0)
    service = Service(settings, load_warm(settings))
    process_limits.bound_memory()
    parts = Parts(jobs.path(job_id) / "parts", job.facts["rate"], _every(job))
    if not parts.have_ended:
        with open_video(jobs.path(job_id) / "upload", MOST_PIXELS) as video:
            _work_through(jobs, job, service, video, parts)
            parts.end(video.damage)
    _finish(jobs, job, service, parts)


def _work_through(jobs: Jobs, job: Job, service: Service, video: Video, parts: Parts) -> None:
    first, every = parts.next_frame, _every(job)
    # A stage works on while the next one has the frames between two judged ones.
    most = max(2, min(every, _MOST_WAITING // (3 * video.facts.width * video.facts.height)))
    looker = FrameLooker(service, job.request, FrameHats(jobs.path(job.id) / "hats.jsonl"))
    judge = LineJudge(service.rules, job.request)
    for line in Telling(jobs, job, first).alive(parts.lines()):
        judge.judge(line)
    telling = Telling(jobs, job, first)  # the time that it takes to read the lines again says nothing of the rest

    def look_and_judge(frame: Frame) -> JudgedFrame:
        return judge.judge(looker.look(frame))

    with ExitStack() as until:
        decoded = until.enter_context(closing(ahead(video.frames(first, parts.lost(), telling.tell_when_due), most)))
        judged = until.enter_context(closing(ahead(judge_frames(decoded, look_and_judge, every), most)))
        drawn = draw_frames(judged, partial(showable, service))
        parts.write(drawn, before=partial(jobs.check_room, 0), after=telling.worked_through)
    telling.tell()


def _finish(jobs: Jobs, job: Job, service: Service, parts: Parts) -> None:
    frames = parts.frames()
    telling = Telling(jobs, job, frames)
    jobs.check_room(parts.bytes())
    telling.while_working(partial(parts.join, jobs.result(job.id)))
    judge, lines = LineJudge(service.rules, job.request), telling.alive(parts.lines())
    tracks = timeline(judge.judge(line).watched for line in lines)
    replace_json(jobs.timeline(job.id), timeline_json(tracks))
    told = summary(tracks, frames, sum(1 for _ in parts.lines()), damage(frames, job.frames_total, parts.damage()))
    jobs.change(job.id, lambda job: job.become("done", frames=frames, summary=told))
    jobs.tidy(job.id)


def _every(job: Job) -> int:
    """Of so many frames one is judged."""
    return int(job.request["every"] or usual_every(job.facts["rate"]))


def _give_up(jobs: Jobs, job_id: str, error: Exception) -> int:
    """Let the job fail, or, after trouble that may pass, be tried again; returns the exit status."""
    said, passes = in_words(error), may_pass(error)

    def changed(job: Job) -> Job:
        return job.died(f"saying {said}") if passes else job.become("failed", error=said)

    try:
        state = jobs.change(job_id, changed).state
    except JobGoneError as gone:
        _LOG.info("%s", gone)
    else:
        _LOG.error("job %s is %s: %s", job_id, state, said, exc_info=None if is_explained(error) else error)
    return 1 if passes else 0


if __name__ == "__main__":
    sys.exit(main())
