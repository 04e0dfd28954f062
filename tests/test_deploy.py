"""The files of deploy/ say what the service's settings say."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest
import requests
import yaml

from deploy.page_address import listens, reachable_at
from helmet_service.settings import Settings
from samples.demo import free_port

SETTINGS = Settings()


@pytest.fixture
def deploy(root):
    return root / "deploy"


def resources(deploy):
    return [yaml.safe_load(path.read_text()) for path in sorted((deploy / "kubernetes").glob("*.yaml"))]


def container(deploy):
    [pod] = [each["spec"]["template"]["spec"] for each in resources(deploy) if each["kind"] == "Deployment"]
    return pod, pod["containers"][0]


def test_everything_listens_where_the_service_does(deploy):
    port = SETTINGS.port
    assert f"EXPOSE {port}\n" in (deploy / "Dockerfile").read_text()
    assert f"server 127.0.0.1:{port} " in (deploy / "nginx.conf").read_text()
    assert yaml.safe_load((deploy / "compose.yaml").read_text())["services"]["helmet"]["ports"] == [f"{port}:{port}"]
    assert container(deploy)[1]["ports"][0]["containerPort"] == port
    [service] = [each for each in resources(deploy) if each["kind"] == "Service"]
    assert service["spec"]["ports"][0]["port"] == port


def test_nobody_stops_the_service_before_it_has_finished(deploy):
    finishing = SETTINGS.drain_s + SETTINGS.deadline_s + 5  # gunicorn.conf.py, graceful_timeout
    compose = yaml.safe_load((deploy / "compose.yaml").read_text())["services"]["helmet"]
    unit = (deploy / "helmet-service.service").read_text()
    assert int(compose["stop_grace_period"].removesuffix("s")) > finishing
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > finishing
    pod, main = container(deploy)
    [drain_s] = [int(entry["value"]) for entry in main["env"] if entry["name"] == "DRAIN_S"]
    assert pod["terminationGracePeriodSeconds"] > finishing - SETTINGS.drain_s + drain_s


@pytest.mark.parametrize("name", ["nginx.conf", "nginx-below-a-path.conf"])
def test_nginx_lets_in_what_the_service_does_and_waits_for_its_deadline(deploy, name):
    nginx = (deploy / name).read_text()
    assert f" client_max_body_size {SETTINGS.max_body_mb}m;" in nginx
    [videos] = re.findall(r"location \S+ \S*/\(v1/videos\|api/video/upload\)\$ \{(.*?)\}", nginx, re.S)
    assert f" client_max_body_size {SETTINGS.video_max_mb}m;" in videos
    assert " proxy_request_buffering off;" in videos
    assert int(re.search(r"proxy_read_timeout (\d+)s", nginx)[1]) > SETTINGS.deadline_s


def test_nginx_lets_two_people_of_one_address_open_all_of_the_page_at_once(root, deploy):
    [burst] = re.findall(r"location /ui \{[^}]* burst=(\d+) nodelay;", (deploy / "nginx.conf").read_text())
    files = [path for path in (root / "helmet_service" / "page").rglob("*") if path.is_file()]
    assert int(burst) >= 2 * len(files) > 2


def test_nginx_ends_idle_connections_before_the_service_does(deploy):
    [seconds] = re.findall(r"^ +keepalive_timeout (\d+)s;", (deploy / "nginx.conf").read_text(), re.M)
    assert 60 <= int(seconds) < SETTINGS.keep_alive_s


def test_the_image_holds_what_exists_and_runs_as_nobody_special(root, deploy):
    dockerfile = (deploy / "Dockerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.M) for name in line.split()]
    assert all((root / name).exists() for name in copied)
    kept = (deploy / "Dockerfile.dockerignore").read_text()
    assert all(f"!{name}\n" in kept for name in copied)
    assert f"USER {container(deploy)[0]['securityContext']['runAsUser']}\n" in dockerfile


UNITS = ["helmet-service.service", "helmet-service-videos.service", "helmet-service-watch.service"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_wrong_setting_is_not_tried_again(deploy, unit):
    assert "RestartPreventExitStatus=78\n" in (deploy / unit).read_text()


def test_server_and_consumer_share_the_folder_of_video_jobs(deploy):
    units = [(deploy / name).read_text() for name in ("helmet-service.service", "helmet-service-videos.service")]
    assert len({re.search(r"Environment=VIDEO_DIR=(.+)", unit)[1] for unit in units}) == 1
    assert len({re.search(r"StateDirectory=(.+)", unit)[1] for unit in units}) == 1
    services = yaml.safe_load((deploy / "compose.yaml").read_text())["services"]
    assert set(services["helmet"]["volumes"]) > set(services["videos"]["volumes"]) == {"videos:/videos"}
    assert services["helmet"]["image"] == services["videos"]["image"]
    assert services["videos"]["command"] == ["python", "-m", "helmet_service", "work"]
    assert "ENV VIDEO_DIR=/videos " in (deploy / "Dockerfile").read_text()


def test_server_and_watch_share_the_folder_of_the_watch(deploy):
    units = [(deploy / name).read_text() for name in ("helmet-service.service", "helmet-service-watch.service")]
    assert len({re.search(r"Environment=WATCH_DIR=(.+)", unit)[1] for unit in units}) == 1
    assert len({re.search(r"StateDirectory=(.+)", unit)[1] for unit in units}) == 1
    assert "ExecReload=/bin/kill -HUP $MAINPID\n" in units[1]
    compose = yaml.safe_load((deploy / "compose.yaml").read_text())
    server, watch = (compose["services"][name] for name in ("helmet", "watch"))
    shared = {"watch:/watch", "now:/watch/now"}
    assert set(server["volumes"]) & set(watch["volumes"]) == shared
    assert set(compose["volumes"]) == {volume.partition(":")[0] for volume in {"videos:/videos", *shared}}
    assert server["image"] == watch["image"]
    assert watch["command"] == ["python", "-m", "helmet_service", "watch"]
    dockerfile = (deploy / "Dockerfile").read_text()
    assert " WATCH_DIR=/watch CAMERAS_FILE=/etc/helmet-service/cameras.yaml\n" in dockerfile
    assert "./site:/etc/helmet-service:ro" in watch["volumes"]
    [uid] = re.findall(r"uid=(\d+)", compose["volumes"]["now"]["driver_opts"]["o"])
    assert f"USER {uid}\n" in dockerfile


PROGRAM = """#!/bin/sh
trap 'echo {name} has ended; exit 5' TERM
trap '' HUP INT
echo $$
while :; do sleep 0.05; done
"""


@pytest.fixture
def serving(deploy, tmp_path):
    """`make serve` with programs that say their process ids, and when SIGTERM ends them; the ids of them.

    There are cameras. The ids are those of consumer, watch, server, and of what tells the page's address.
    """
    (tmp_path / "cameras.yaml").touch()
    for name in ("python", "gunicorn"):
        (tmp_path / name).write_text(PROGRAM.format(name=name))
        (tmp_path / name).chmod(0o700)
    serve = subprocess.Popen(
        ["sh", deploy / "serve.sh", tmp_path],
        env={**os.environ, "CAMERAS_FILE": str(tmp_path / "cameras.yaml")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    ids = sorted(int(serve.stdout.readline()) for _ in range(4))
    yield serve, ids
    if serve.poll() is None:
        os.killpg(serve.pid, signal.SIGKILL)
    serve.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_server_consumer_and_watch_end_together(serving, stop):
    serve, _ = serving
    os.killpg(serve.pid, stop)
    said, _ = serve.communicate(timeout=20)
    assert serve.returncode == 5
    ended = sorted(line for line in said.splitlines() if "has ended" in line)
    assert ended == ["gunicorn has ended", *3 * ["python has ended"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "told"),
    [
        (0, "the consumer has ended with status 137, video jobs wait"),
        (1, "the watch has ended with status 137, nobody watches the cameras"),
    ],
)
def test_who_reads_the_output_sees_that_consumer_or_watch_has_ended(serving, place, told):
    serve, ids = serving
    os.kill(ids[place], signal.SIGKILL)
    assert any(line == f"helmet-service: {told}\n" for line in serve.stdout)
    os.kill(ids[2], signal.SIGTERM)
    said, _ = serve.communicate(timeout=20)
    assert sorted(said.splitlines()) == ["gunicorn has ended", *2 * ["python has ended"]]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, f"127.0.0.1:{SETTINGS.port}"),
        ({"HOST": SETTINGS.host}, f"127.0.0.1:{SETTINGS.port}"),
        ({"HOST": "::", "PORT": "80"}, "localhost:80"),
        ({"HOST": "fd00::7"}, f"[fd00::7]:{SETTINGS.port}"),
        ({"HOST": "[fd00::7]"}, f"[fd00::7]:{SETTINGS.port}"),
        ({"HOST": "unix:/run/helmet, gate.example,10.0.0.7"}, f"gate.example:{SETTINGS.port}"),
        ({"HOST": "unix:/run/helmet"}, None),
    ],
)
def test_the_page_is_told_where_a_browser_on_this_machine_finds_it(environment, told):
    assert reachable_at(environment) == told


def test_the_page_of_another_service_at_the_same_address_is_not_told():
    with socket.create_server(("127.0.0.1", 0)):
        assert listens(os.getpid())
    with subprocess.Popen(["sleep", "60"]) as starting:
        told = listens(starting.pid)
        starting.kill()
    assert not told
    assert not listens(2**22 + 1)  # beyond the largest number that Linux gives


@pytest.mark.slow
@pytest.mark.parametrize("level", ["info", "warning"])
def test_the_last_line_of_a_start_is_the_address_of_the_page(deploy, tmp_path, level):
    settings = {"HOST": "127.0.0.1", "PORT": str(free_port()), "VIDEO_DIR": str(tmp_path), "LOG_LEVEL": level}
    settings["CAMERAS_FILE"] = str(tmp_path / "none")
    serve = subprocess.Popen(
        ["sh", deploy / "serve.sh", Path(sys.executable).parent],
        cwd=deploy.parent, env={**os.environ, **settings}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        page = f"http://127.0.0.1:{settings['PORT']}/ui"
        said = list(takewhile(lambda line: line != f"the page: {page}\n", serve.stdout))
        starts = [part for line in said for part in ("ready: ", "video jobs of ") if part in line]
        assert not any("the watch" in line for line in said)
        assert sorted(starts) == (["ready: ", "ready: ", "video jobs of "] if level == "info" else said)
        assert requests.get(page, timeout=10).status_code == 200
    finally:
        os.killpg(serve.pid, signal.SIGTERM)
        serve.communicate(timeout=30)
