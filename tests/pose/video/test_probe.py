"""The probe tells what a file is, or why it is none, whatever the bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from pose.video.probe import probe
from tests.pose.video.videos import picture, write


def test_the_process_prints_facts(tmp_path: Path, root: Path) -> None:
    path = write(tmp_path / "a.mp4", map(picture, range(3)))
    ran = subprocess.run([sys.executable, "-m", "pose.video.probe", path], cwd=root, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == probe(path)


def test_a_missing_file_is_an_error_without_its_path(tmp_path: Path) -> None:
    error = probe(tmp_path / "none.mp4")["error"]
    assert (error["expected"], error["got"]) == ("a file that can be read", "No such file or directory")


def test_changed_bytes_end_in_facts_or_an_error(tmp_path: Path) -> None:
    """The decoder's own damage is not judged: only that every file has an answer."""
    chance = np.random.default_rng(0)
    whole = write(tmp_path / "a.mp4", map(picture, range(3))).read_bytes()
    answers = []
    for _ in range(30):
        data = np.frombuffer(whole, np.uint8).copy()
        places = chance.integers(8, len(data), size=20)
        data[places] = chance.integers(0, 256, size=20)
        (tmp_path / "a.mp4").write_bytes(data[: chance.integers(8, len(data))].tobytes())
        answers.append(probe(tmp_path / "a.mp4"))
    assert all(("error" in answer) != ("width" in answer) for answer in answers)
