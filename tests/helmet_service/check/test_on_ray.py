from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from helmet_service.__main__ import main
from tests.helmet_service.check.archives import mixed_archive, read_lines

with_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="expected Ray (requirements-ray.txt), got none"
)


@pytest.mark.slow
@with_ray
def test_two_workers_of_a_local_ray_answer_as_one_process_does(root, tmp_path):
    mixed_archive(root, tmp_path)
    order = ["check", str(tmp_path / "gates"), "--hats", str(tmp_path / "hats.jsonl"), "--out"]
    assert main([*order, str(tmp_path / "here.jsonl")]) == 1
    result = run(root, *order, str(tmp_path / "ray.jsonl"), "--threads", "2", "--ray")
    assert result.returncode == 1, result.stderr
    assert "pictures could not be checked; the first: broken.jpg: picture" in result.stderr
    here, on_ray = (read_lines((tmp_path / name).read_text()) for name in ("here.jsonl", "ray.jsonl"))
    assert on_ray == here
    assert {line["id"] for line in here if "error" in line} >= {"broken.jpg", "7.jpg"}


@pytest.mark.slow
@with_ray
def test_workers_that_cannot_load_the_model_end_the_check_with_one_line(root, tmp_path):
    result = run(root, "check", "samples", "--threads", "1", "--ray", MODEL_DIR=str(tmp_path))
    assert result.returncode == 1
    assert result.stdout == ""
    assert "error: a worker cannot begin: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_one_line_says_what_is_missing(root, capsys):
    assert main(["check", str(root / "samples"), "--ray"]) == 1
    assert capsys.readouterr().err.startswith("error: --ray: expected Ray to be installed (requirements-ray.txt)")


def run(root, *arguments, **environment):
    """The command in a process of its own, with workers that are as urgent as it is."""
    environment = {**os.environ, "RAY_worker_niceness": "0", **environment}
    command = [sys.executable, "-m", "helmet_service", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=170)
