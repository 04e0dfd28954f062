"""Video jobs: how fast they are, what the result video costs, what requests feel of them: `python -m benchmarks.video`.

It makes its own videos of 25 frames a second: people of `samples/` who walk over a background. Three tables:

- frames a second of one job and of four at once, at 1280x720 and 1920x1080, by a consumer with default settings, from
  its start (which includes loading the network) to the last job's end; 5 frames a second are judged;
- frames a second in this process, at normal priority: decoded and judged; also drawn; also encoded;
- the latency of single requests of `samples/compliance.json`, one after the other, without and with a running job.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.load import come_to_rest
from helmet_service.settings import Settings
from helmet_service.verdicts.rules import Rules
from helmet_service.video.ahead import ahead
from helmet_service.video.drawing_frames import draw_frames, judge_frames
from helmet_service.video.frame_hats import FrameHats
from helmet_service.video.frame_judge import FrameLooker, JudgedFrame, LineJudge
from helmet_service.video.job import Job
from helmet_service.video.jobs import Jobs
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service
from pose.video.probe import probe
from pose.video.reading import MOST_PIXELS, Frame, open_video
from pose.video.writing import VideoWriter
from samples.demo import ROOT, consumer, post, service

RATE: Final = 25
EVERY: Final = 5  # so that 5 frames a second are judged, as by default
SIZES: Final = ((1280, 720), (1920, 1080))
REQUEST: Final[dict[str, Any]] = {
    "matcher": "assignment", "hat_boxes": "auto", "trust": None, "scales": None, "tiles": None, "looks": None,
    "every": EVERY,
}  # fmt: skip


def main() -> None:
    """Print three Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=40, help="of each video (default: 40)")
    parser.add_argument("--requests", type=int, default=300, help="of each row of the third table (default: 300)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        videos = [walk(Path(folder) / f"{height}.mp4", width, height, options.seconds) for width, height in SIZES]
        _print_jobs(videos, Path(folder))
        _print_costs(videos, Path(folder))
        _print_requests(videos[0], Path(folder), options.requests)


def _print_jobs(videos: Iterable[Path], folder: Path) -> None:
    print("| video | jobs at once | frames a second, all jobs |\n|---|---|---|")
    for video in videos:
        for at_once in (1, 4):
            print(f"| {video.stem}p | {at_once} | {_jobs_rate(video, folder, at_once):.1f} |", flush=True)


def _jobs_rate(video: Path, folder: Path, at_once: int) -> float:
    jobs = Jobs(Settings(video_dir=folder / "jobs"))
    begun = _begin(jobs, video, at_once)
    started = time.monotonic()
    with _consumer(jobs, at_once):
        _wait_for(jobs, begun)
    took = time.monotonic() - started
    frames = sum(_finished(jobs, job).frames for job in begun)
    shutil.rmtree(jobs.folder)
    return frames / took


def _print_costs(videos: Iterable[Path], folder: Path) -> None:
    print("\n| video | decoded and judged | and drawn | and encoded |\n|---|---|---|---|")
    for video in videos:
        rates = [_rate(video, None, drawn=False), _rate(video, None, drawn=True), _rate(video, folder / "out.mp4")]
        print(f"| {video.stem}p | {' | '.join(f'{rate:.1f}' for rate in rates)} |", flush=True)


def _rate(video: Path, out: Path | None, *, drawn: bool = True) -> float:
    """Frames a second. out: the result video, None: none is encoded."""
    settings = Settings()
    seeing = Service(settings, load_warm(settings))
    looker, judge = FrameLooker(seeing, REQUEST, FrameHats(video.with_suffix(".jsonl"))), LineJudge(Rules(), REQUEST)

    def look_and_judge(frame: Frame) -> JudgedFrame:
        return judge.judge(looker.look(frame))

    began, count = time.monotonic(), 0
    with open_video(video, MOST_PIXELS) as read:
        writing = VideoWriter(out, read.facts.width, read.facts.height) if out else nullcontext()
        judged = ahead(judge_frames(ahead(read.frames(), EVERY), look_and_judge, EVERY), EVERY)
        with writing as writer:
            for each in draw_frames(judged, lambda pixels, _: pixels) if drawn else judged:
                count += 1
                if writer is not None:
                    writer.write(each.pixels, each.frame.at_s)
    return count / (time.monotonic() - began)


def _print_requests(video: Path, folder: Path, requests: int) -> None:
    print("\n| requests | p50, ms | p99, ms |\n|---|---|---|")
    jobs = Jobs(Settings(video_dir=folder / "jobs"))
    with service(VIDEO_DIR=str(jobs.folder)) as running:
        come_to_rest(running)
        _print_latency("without a job", running.address, requests)
        begun = _begin(jobs, video, 10)
        with _consumer(jobs, 1):
            while not _finished(jobs, begun[0]).frames:
                time.sleep(0.2)
            _print_latency("beside a running job", running.address, requests)
            if _finished(jobs, begun[-1]).is_finished:
                raise RuntimeError("expected jobs that run as long as requests come, got jobs that were done before")


def _print_latency(name: str, address: str, requests: int) -> None:
    body, taken = json.loads((ROOT / "samples" / "compliance.json").read_text()), []
    for turn in range(requests + 10):
        began = time.perf_counter()
        post(f"{address}/v1/compliance", body)
        taken += [1e3 * (time.perf_counter() - began)] if turn >= 10 else []
    print(f"| {name} | {np.percentile(taken, 50):.0f} | {np.percentile(taken, 99):.0f} |", flush=True)


def _begin(jobs: Jobs, video: Path, count: int) -> list[Job]:
    facts, folders = probe(video), [jobs.reserve() for _ in range(count)]
    for folder in folders:
        os.link(video, folder / "upload")
    return [jobs.begin(folder, "", REQUEST, facts) for folder in folders]


def _finished(jobs: Jobs, job: Job) -> Job:
    now = jobs.get(job.id)
    if now is None or now.state == "failed":
        raise RuntimeError(f"expected a job that works, got {now}")
    return now


def _wait_for(jobs: Jobs, begun: Iterable[Job]) -> None:
    for job in begun:
        while not _finished(jobs, job).is_finished:
            time.sleep(0.2)


def _consumer(jobs: Jobs, at_once: int) -> AbstractContextManager[None]:
    return consumer(VIDEO_DIR=str(jobs.folder), VIDEO_JOBS=str(at_once))


def walk(path: Path, width: int, height: int, seconds: int) -> Path:
    """A video of three people in front of a site: each goes to and fro at a pace of their own."""
    site = cv2.imread(str(ROOT / "samples" / "site_two.jpg"))
    ground = cv2.GaussianBlur(cv2.resize(site, (width, height)), (0, 0), height / 40)
    person = cv2.imread(str(ROOT / "samples" / "portrait.jpg"))
    people = [_scaled(person, height * share) for share in (0.5, 0.65, 0.8)]
    with VideoWriter(path, width, height) as writer:
        for number in range(seconds * RATE):
            pixels = ground.copy()
            for place, each in enumerate(people):
                room = width // 3 - each.shape[1]
                left = place * width // 3 + int(room * (0.5 + 0.5 * np.sin(number / RATE / (place + 2))))
                pixels[height - each.shape[0] :, left : left + each.shape[1]] = each
            writer.write(pixels, number / RATE)
    return path


def _scaled(person: np.ndarray, height: float) -> np.ndarray:
    share = height / person.shape[0]
    return cv2.resize(person, (round(person.shape[1] * share), round(height)), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
