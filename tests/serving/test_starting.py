"""What is wrong with files and disks is one line, and before the service serves exit status 78 (EX_CONFIG).

Full disks are small ones, mounted where nobody else sees them; without the right to mount these tests are skipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from samples.demo import free_port, service, wait_for
from tests.fuzz.hostile import workers
from tests.serving.test_workers import metrics_of, until

GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")


def start(root, *before, **environment):
    """Run the service, behind the command `before`, until it ends; returns its status and stderr's lines."""
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(free_port()), "LOG_LEVEL": "warning", **environment}
    ended = subprocess.run([*before, *GUNICORN], cwd=root, env=environment, capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stderr.splitlines()


@pytest.fixture
def model(root, tmp_path):
    """A copy of the shipped model's folder, to be broken."""
    return shutil.copytree(root / "model", tmp_path / "model")


def described(model, **change):
    path = model / "pose.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shorten(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (shutil.rmtree, "/model: No such file or directory"),
        (lambda model: (model / "pose.json").unlink(), "pose.json: No such file or directory"),
        (lambda model: (model / "pose.json").write_bytes(b"\xff\xfe"), "pose.json: 'utf-8' codec"),
        (lambda model: (model / "pose.json").write_text("no JSON"), "pose.json: Expecting value"),
        (lambda model: (model / "pose.json").write_text("[]"), "pose.json: list indices"),
        (lambda model: (model / "pose.json").write_text("[" * 100_000), "pose.json: maximum recursion depth"),
        (lambda model: described(model, warm_up=[1]), "pose.json: 'list' object has no attribute"),
        (
            lambda model: described(model, network="a\0b"),
            "expected the name of a file, got 'a\\x00b': embedded null byte",
        ),
        (lambda model: (model / "pose.onnx").unlink(), "pose.onnx: No such file or directory"),
        (lambda model: described(model, network="."), "Is a directory"),
        (lambda model: shorten(model / "pose.onnx"), "pose.onnx: expected sha256"),
        (lambda model: shorten(model / "pose-int8.bin"), "pose-int8.bin: expected sha256"),
        (lambda model: shorten(model / "warmup.jpg"), "warmup.jpg: expected sha256"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_line(root, model, spoil, complaint):
    spoil(model)
    status, lines = start(root, MODEL_DIR=str(model))
    assert status == 78
    (line,) = lines
    assert line.startswith("helmet-service cannot start: ")
    assert complaint in line


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "broken"), [("int8", "pose-int8.xml"), ("f32", "pose.onnx")])
def test_a_broken_network_of_the_right_hash_is_live_and_never_ready(root, model, precision, broken, capfd):
    (model / broken).write_bytes(b"no network")
    values = json.loads((model / "pose.json").read_text())
    files = {name: sha256(model / name) for name in values["files"]}
    described(model, sha256=sha256(model / values["network"]), files=files)
    with service("/healthz", MODEL_DIR=str(model), PRECISION=precision, WORKERS="1", LOG_LEVEL="error") as running:
        until(lambda: "could not be loaded" in requests.get(f"{running.address}/readyz", timeout=10).text)
        assert requests.get(f"{running.address}/healthz", timeout=10).status_code == 200
        assert requests.post(f"{running.address}/v1/poses", json={"picture": ""}, timeout=10).status_code == 503
    lines = capfd.readouterr().err.splitlines()  # OpenVINO's TensorFlow reader has a few of its own
    (line,) = [line for line in lines if "helmet_service" in line]
    assert line.endswith("Available frontends: jax paddle onnx pytorch tflite ir tf")


@pytest.mark.slow
def test_a_reload_with_a_broken_model_changes_nothing_and_is_one_line(model, capfd):
    with service(MODEL_DIR=str(model), WORKERS="1", LOG_LEVEL="error") as running:
        before = workers(running.process)
        shorten(model / "pose.onnx")
        running.process.send_signal(signal.SIGHUP)
        until(lambda: "not reloaded" in capfd.readouterr().err)
        assert workers(running.process) == before
        assert requests.get(f"{running.address}/readyz", timeout=10).status_code == 200


@pytest.mark.slow
def test_tls_of_its_own_is_one_line(root):
    status, (line,) = start(root, GUNICORN_CMD_ARGS="--certfile wsgi.py --keyfile wsgi.py")
    assert status == 78
    assert "certfile, keyfile: expected none" in line


@pytest.mark.slow
def test_a_port_that_is_taken_ends_it(root, address):
    port = address.rpartition(":")[2]
    status, lines = start(root, PORT=port)
    assert status == 1  # gunicorn's own, after five attempts
    assert lines[-1].endswith(f"Can't connect to ('127.0.0.1', {port})")


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--check",)])
def test_each_mistake_of_a_file_of_cameras_is_one_line(root, tmp_path, options):
    (tmp_path / "cameras.yaml").write_text(
        "cameras:\n  - {id: gate, source: push, rate: 0}\n  - {id: gate, source: push}\n"
    )
    environment = {**os.environ, "CAMERAS_FILE": str(tmp_path / "cameras.yaml"), "WATCH_DIR": str(tmp_path / "watch")}
    command = [sys.executable, "-m", "helmet_service", "watch", *options]
    ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 78
    assert ended.stderr.splitlines() == [
        f"{tmp_path}/cameras.yaml:2: cameras[0].rate: expected a number from 0.5 to 10, got 0",
        f'{tmp_path}/cameras.yaml:3: cameras[1].id: expected another id than that of cameras[0], got "gate"',
    ]
    assert not (tmp_path / "watch").exists()


MEMORY = "/dev/shm"  # where the service counts if there is room


def skip_unless_it_runs(mounting):
    """Skip a test where this command may not mount."""
    tried = subprocess.run([*mounting, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"expected the right to mount, got {tried.stderr.strip()}")


@pytest.fixture
def small_disks(tmp_path):
    """A command that runs another with next to no room in memory and so much, as `mount` reads it, in a TMPDIR."""

    def before(size):
        mount = f"mount -t tmpfs -o size=64k tmpfs {MEMORY} && mount -t tmpfs -o size={size} tmpfs {tmp_path}"
        return "unshare", "--mount", "sh", "-c", f'{mount} && export TMPDIR={tmp_path} && exec "$@"', "sh"

    skip_unless_it_runs(before("64k"))
    return before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "limit", "complaint"),
    [
        ("64k", "0", "expected 834 kB of room for what workers count, got 65 kB"),
        ("8k", "5", "expected room for a file of requests' counts, got: "),
    ],
)
def test_a_full_disk_is_one_line(root, small_disks, size, limit, complaint):
    status, lines = start(root, *small_disks(size), RATE_LIMIT=limit)
    assert status == 78
    (line,) = lines
    assert complaint in line


@pytest.fixture
def read_only(root):
    """A command that runs another where nothing but memory, mounted with these options, may be written to."""
    folders = " ".join(("/tmp", "/var/tmp", f"'{root}'"))
    bind = f'for folder in {folders}; do mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder"; done'

    def before(memory):
        mount = f"mount -t tmpfs -o {memory} tmpfs {MEMORY} && mount -o remount,bind,ro / && {bind} && cd '{root}'"
        return "unshare", "--mount", "sh", "-ec", f'{mount} && exec "$@"', "sh"

    skip_unless_it_runs(before("rw"))
    return before


@pytest.mark.slow
def test_memory_alone_is_enough_to_write_to(root, read_only, tmp_path):
    with serving(root, read_only("size=64m"), tmp_path / "log", RATE_LIMIT="1000") as (address, _):
        until(lambda: len(ready(address)) == 2)
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.slow
@pytest.mark.parametrize("memory", ["ro", "size=1m"])
def test_nowhere_to_write_to_is_one_line(root, read_only, memory):
    status, lines = start(root, *read_only(memory))
    assert status == 78
    (line,) = lines
    assert line.endswith(": TMPDIR: expected a folder to write to where /dev/shm has no room (32 MB), got none")


@contextmanager
def serving(root, before, log, **environment):
    """The service behind a command; its address and process. stderr goes to the log."""
    port = free_port()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "LOG_LEVEL": "error", **environment}
    with log.open("wb") as lines:
        process = subprocess.Popen([*before, *GUNICORN], cwd=root, env=environment, stderr=lines)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait()


def fill(path):
    """Write to a file until its disk is full."""
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@pytest.mark.slow
def test_a_disk_that_becomes_full_stops_nobody_from_being_answered(root, small_disks, tmp_path_factory, tmp_path):
    log = tmp_path_factory.mktemp("full") / "log"
    scene = json.loads((root / "samples" / "compliance.json").read_text())
    with serving(root, small_disks("2m"), log, RATE_LIMIT="1000000") as (address, process):
        until(lambda: len(ready(address)) == 2)
        filler = Path(f"/proc/{process.pid}/root{tmp_path}/fill")  # as the service sees its disk
        fill(filler)
        before = workers(process)

        def ask():
            statuses = {requests.post(f"{address}/v1/compliance", json=scene, timeout=60).status_code}
            statuses |= {requests.get(f"{address}{path}", timeout=60).status_code for path in ("/metrics", "/nowhere")}
            return statuses

        for _ in range(10):
            assert ask() == {200, 404}
        assert workers(process) == before, "no worker died"

        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        until(lambda: "a worker cannot start" in log.read_text())
        for _ in range(10):
            assert ask() == {200, 404}
        assert max(before) in workers(process), "the other worker goes on"

        filler.unlink()
        until(lambda: len(ready(address)) == 2)
        assert ask() == {200, 404}


def ready(address):
    """The process ids of the workers that are ready."""
    told = metrics_of(address)
    return {
        dict(labels)["pid"] for (name, *labels), value in told.items() if name == "helmet_worker_ready" and value == 1
    }
