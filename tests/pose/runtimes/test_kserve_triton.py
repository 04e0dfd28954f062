"""A real Triton behind the client and behind the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
import requests

import pose
from pose.runtimes import open_runtime
from pose.runtimes.kserve import KserveRuntime, NetworkServer
from samples.demo import free_port, service, wait_for

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
PATIENCE_S = 60


@pytest.fixture(scope="module")
def python() -> Iterator[Path]:
    """The Python of an environment with Triton; without a package index tests are skipped, but fail in CI."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder)
        interpreter = Path(folder) / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", interpreter, "--disable-pip-version-check"]
        install = [*pip, "install", "-q", "--no-compile", "-r", HERE / "requirements-v2-server.txt"]
        done = subprocess.run(install, capture_output=True, text=True, timeout=600)
        if done.returncode:
            missing = f"expected requirements-v2-server.txt to install, got {done.stderr[-300:]}"
            pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
        yield interpreter


@contextmanager
def triton(python: Path, network: Path, port: int) -> Iterator[None]:
    """Triton with the network on this port, once it is ready."""
    # Triton's own Python finds the library of the interpreter whose packages it uses.
    libraries = sysconfig.get_config_var("LIBDIR")
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [python, HERE / "triton_server.py", network, str(port)],
            env={**os.environ, "LD_LIBRARY_PATH": libraries, "PYTRITON_HOME": home},
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/v2/models/pose/ready", process)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def served(python, root):
    """Where Triton answers."""
    port = free_port()
    with triton(python, root / "model" / "pose.onnx", port):
        yield f"http://127.0.0.1:{port}"


def test_fields_are_those_of_the_network_run_here(served, model):
    local = open_runtime("onnx", model.network, model.decoder.layout, precision="f32", threads=1)
    remote = KserveRuntime(NetworkServer(served, "pose", 30.0), model.decoder.layout)
    for shape in ((1, 64, 96, 3), (2, 96, 64, 3), (8, 64, 64, 3), (1, 384, 672, 3)):
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        np.testing.assert_allclose(remote.run(noise), local.run(noise), atol=1e-3)


def test_people_are_those_that_are_found_here(served, root, model):
    here = pose.load(root / "model", runtime="onnx")
    there = pose.Estimator(model, KserveRuntime(NetworkServer(served, "pose", 30.0), model.decoder.layout), here.height)
    pictures = [cv2.imread(str(path)) for path in sorted((root / "samples").glob("*.jpg"))[:4]]
    with ThreadPoolExecutor(4) as threads:
        for expected, got in zip(map(here, pictures), threads.map(there, pictures), strict=True):
            assert len(got.people) == len(expected.people)
            for person, wanted in zip(got.people, expected.people, strict=True):
                np.testing.assert_allclose(person.keypoints, wanted.keypoints, atol=0.5)


def answer(address, root):
    scene = json.loads((root / "samples" / "compliance.json").read_text())
    return requests.post(f"{address}/v1/compliance", json=scene, timeout=PATIENCE_S)


def until(status, ask, words=""):
    """The first answer of this status and with these words; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while (got := ask()).status_code != status or words not in got.text:
        assert time.monotonic() < deadline, got.text
    return got


def test_the_service_lives_through_the_end_and_the_return_of_its_network_server(python, root):
    port = free_port()
    network = root / "model" / "pose.onnx"
    url = f"http://127.0.0.1:{port}"
    settings = {"RUNTIME": "kserve", "KSERVE_URL": url, "KSERVE_TIMEOUT_S": "15", "WORKERS": "1", "LOG_LEVEL": "error"}
    with service("/healthz", **settings) as running:

        def readyz():
            return requests.get(f"{running.address}/readyz", timeout=PATIENCE_S)

        def assert_refused(response, *words):
            assert response.status_code == 503
            assert response.headers["Retry-After"] == "1"
            assert all(word in response.json()["detail"] for word in (url, *words))

        assert_refused(until(503, readyz, "one whose server is waited for"), "refused")
        with triton(python, network, port):
            until(200, readyz)
            first = until(200, lambda: answer(running.address, root)).json()
            assert first["model"]["precision"] == "remote"
        assert_refused(until(503, lambda: answer(running.address, root), url))
        assert_refused(readyz())
        assert requests.get(f"{running.address}/healthz", timeout=PATIENCE_S).status_code == 200
        with triton(python, network, port):
            until(200, readyz)
            again = until(200, lambda: answer(running.address, root)).json()
        told = requests.get(f"{running.address}/metrics", timeout=PATIENCE_S).text
        assert 'helmet_rejections_total{reason="network_unreachable"}' in told
        assert 'status="500"' not in told
    with service(RUNTIME="onnx", WORKERS="1", LOG_LEVEL="error") as here:
        expected = answer(here.address, root).json()
    for got in (first, again):
        assert [(p["status"], p["reason"], p["hat"]) for p in got["people"]] == [
            (p["status"], p["reason"], p["hat"]) for p in expected["people"]
        ]
        assert (got["summary"], got["unmatched_hats"]) == (expected["summary"], expected["unmatched_hats"])
        for person, wanted in zip(got["people"], expected["people"], strict=True):
            assert person["box"] == pytest.approx(wanted["box"], abs=1)
