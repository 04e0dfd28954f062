from __future__ import annotations

import subprocess
import sys

import pytest

from helmet_service.settings import Settings
from helmet_service.video.process_limits import processor_s
from tests.conftest import ROOT
from tests.helmet_service.video.conftest import FACTS

HOUR = {"frames": 90_000, "duration_s": 3600.0, "rate": 25.0, "width": 1000, "height": 1000}


@pytest.mark.parametrize(
    ("facts", "every", "settings", "seconds"),
    [
        ({}, 5, {}, 600 + 90_000 * (0.05 + 0.25 + 5 / 5)),
        ({}, 1, {}, 600 + 90_000 * (0.05 + 0.25 + 5)),
        ({}, 5, {"input_height": 768}, 600 + 90_000 * (0.05 + 0.25 + 4 * 5 / 5)),
        ({}, 5, {"max_runs": 1}, 600 + 90_000 * (0.05 + 0.25 + 1 / 5)),
        ({"width": 4000, "height": 2000}, 5, {}, 600 + 90_000 * (0.05 + 2.0 + 1)),
        ({"frames": 864_000, "rate": 240.0}, 5, {}, 600 + 60 * 3600 * (0.05 + 0.25 + 1)),
        ({"frames": None, "duration_s": None}, 5, {}, 600 + 60 * 4 * 3600 * (0.05 + 0.25 + 1)),
    ],
)
def test_a_job_gets_time_for_what_its_video_says_of_itself(facts, every, settings, seconds):
    assert processor_s(FACTS | HOUR | facts, every, Settings(**settings)) == pytest.approx(seconds, abs=1)


@pytest.mark.slow
def test_a_job_that_takes_more_time_fails_by_its_video_and_only_once():
    program = """
import math, signal, time
from contextlib import closing
from itertools import repeat
from helmet_service.http.problems import Problem
from helmet_service.video.ahead import ahead
from helmet_service.video.process_limits import bound_time

most = math.ceil(time.process_time()) + 1
bound_time(most)
try:
    with closing(ahead(repeat(b"frame"), 2)) as frames:
        for _ in frames:
            pass
except Problem as problem:
    signal.raise_signal(signal.SIGXCPU)
    print(problem.in_words.replace(str(most), "so many"))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    said = "video: expected one that takes at most so many s of processor time, got one that takes more"
    assert done.stdout.strip() == said
