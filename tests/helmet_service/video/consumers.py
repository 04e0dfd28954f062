"""Real consumers in processes of their own, and a small video for them, whose people walk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import psutil

from helmet_service.settings import Settings
from helmet_service.video.job import Job
from helmet_service.video.jobs import Jobs
from pose.video.probe import probe
from pose.video.writing import VideoWriter
from tests.conftest import ROOT

REQUEST = {"matcher": "assignment", "hat_boxes": "auto", "trust": None, "scales": None, "tiles": None, "looks": "once"}
SIZE = 640, 360


def walk(path: Path, frames: int) -> Path:
    """A video of a frame in two seconds, so that a part has 10; two people of a site move to the right."""
    site = cv2.resize(cv2.imread(str(ROOT / "samples" / "site_two.jpg")), SIZE, interpolation=cv2.INTER_AREA)
    wide = cv2.copyMakeBorder(site, 0, 0, 40, 40, cv2.BORDER_REPLICATE)
    with VideoWriter(path, *SIZE) as writer:
        for number in range(frames):
            left = 80 - number % 80
            writer.write(wide[:, left : left + SIZE[0]].copy(), 2.0 * number)
    return path


def begin(jobs: Jobs, video: Path, **asked: object) -> Job:
    """A queued job of a video file; judged is every frame."""
    folder = jobs.reserve()
    (folder / "upload").write_bytes(video.read_bytes())
    return jobs.begin(folder, "", REQUEST | {"every": 1} | asked, probe(folder / "upload"))


@contextmanager
def consumer(jobs: Jobs, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A consumer of this folder, killed at the end; its log is in `stderr`."""
    environment = os.environ | {"VIDEO_DIR": str(jobs.folder), "VIDEO_FREE_MB": "0"} | settings
    command = [sys.executable, "-m", "helmet_service", "work"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until(true: Callable[[], object]) -> None:
    """Return when it is true; fails after five minutes, as jobs run only while nobody else wants the machine."""
    pause, deadline = threading.Event(), time.monotonic() + 300
    while not true():
        assert time.monotonic() < deadline
        pause.wait(0.05)


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of its jobs; imports start others, for a moment."""
    return [child for child in psutil.Process(process.pid).children() if "helmet_service.video.run" in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def kill(process: psutil.Process) -> None:
    """End a process by SIGKILL."""
    process.send_signal(signal.SIGKILL)


def jobs_of(folder: Path, queue: str = "") -> Jobs:
    """The jobs of a test, as a server sees them."""
    return Jobs(Settings(video_dir=folder, video_free_mb=0, video_queue=queue))
