"""The service while another process runs its network: what becomes of requests when that is away, hangs or errs."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from helmet_service import create_app
from helmet_service.settings import Settings
from helmet_service.work.service import EXTENSION
from samples.demo import free_port
from tests.pose.runtimes.small_v2_server import INFER, Behaviour, send, small_server

PATIENCE_S = 60


@pytest.fixture
def network(root):
    return root / "model" / "pose.onnx"


@pytest.fixture
def picture(root):
    return json.loads((root / "samples" / "compliance.json").read_text())["picture"]


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def client(port):
    """A client of the service with a network server on this port, which has three seconds for an answer."""
    settings = Settings(runtime="kserve", kserve_url=f"http://127.0.0.1:{port}", kserve_timeout_s=3.0, input_height=256)
    app = create_app(settings)
    yield app.test_client()
    app.extensions[EXTENSION].stop()
    for thread in threading.enumerate():
        if thread.name == "load-model":
            thread.join()


def until(status, ask, words=""):
    """The first answer of this status and with these words; fails after a minute."""
    deadline, never = time.monotonic() + PATIENCE_S, threading.Event()
    while (got := ask()).status_code != status or words not in got.text:
        assert time.monotonic() < deadline, got.text
        never.wait(0.01)  # lets the worker's and the server's threads, which are in this process, have the interpreter
    return got


def assert_unreachable(answer, words):
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    [error] = answer.json["errors"]
    assert error["expected"] == "a network server that answers"
    assert words in error["got"]


@pytest.mark.slow
def test_a_worker_waits_for_its_network_server_and_follows_its_fate(client, port, network, picture):
    def ready():
        return client.get("/readyz")

    def work():
        return client.post("/v1/poses", json={"picture": picture})

    waiting = until(503, ready, "server is waited for")
    assert f"http://127.0.0.1:{port}/v2/health/ready: expected an answer, got none" in waiting.json["detail"]
    assert "waited for" in work().json["detail"]
    with small_server(network, port=port) as small:
        until(200, ready)
        found = work()
        assert found.status_code == 200
        assert len(found.json["people"]) == 2
        own = client.post("/v1/compliance", json={"picture": picture})
        assert own.json["hats_from"] == "model", "the worker itself runs the small network of headwear"
        assert found.json["model"]["precision"] == "remote"
        small.does.instead[INFER] = lambda handler: send(handler, b'{"error": "out of memory"}', status=500)
        until(503, work, "expected 200, got 500")
        assert ready().status_code == 200, "one run that failed refuses nobody else"
        small.does.instead[INFER] = lambda handler: handler.over.wait(PATIENCE_S)
        assert_unreachable(until(503, work, "expected an answer in 3 s"), "got none")
        small.does.instead.clear()
        assert until(200, work).json["people"] == found.json["people"]
    assert_unreachable(until(503, work), f"http://127.0.0.1:{port}/")
    assert_unreachable(until(503, ready, "refused"), "got none")
    assert client.get("/healthz").status_code == 200
    with small_server(network, port=port):
        until(200, ready)
        assert work().json["people"] == found.json["people"]
    told = client.get("/metrics").text
    assert 'helmet_rejections_total{reason="network_unreachable"}' in told
    assert 'status="500"' not in told
    assert client.get("/v1/status").json["model"]["precision"] == "remote"


@pytest.mark.slow
def test_those_who_wait_behind_a_run_that_hangs_do_not_wait_as_long_again(client, port, network, picture):
    runs = []

    def hang(handler):
        handler.over.wait(PATIENCE_S)

    def hang_on_a_run(handler):
        runs.append(handler)
        hang(handler)

    def work(_):
        return client.application.test_client().post("/v1/poses", json={"picture": picture})

    with small_server(network, port=port) as small, ThreadPoolExecutor(4) as clients:
        until(200, lambda: client.get("/readyz"))
        small.does.instead.update({INFER: hang_on_a_run, "/v2/health/ready": hang})
        for answer in clients.map(work, range(4)):
            assert_unreachable(answer, "got none")
    assert len(runs) <= 2  # the first, and perhaps one of those that compile other widths


def test_while_the_server_is_away_work_is_refused_before_its_body_is_read(client, port, network):
    with small_server(network, port=port):
        until(200, lambda: client.get("/readyz"))
    until(503, lambda: client.get("/readyz"), "refused")
    assert_unreachable(client.post("/v1/poses", data=b"not JSON", content_type="application/json"), "refused")


def test_a_worker_that_waits_tells_what_does_not_fit_and_takes_what_does(client, port, network):
    float_pictures = {"inputs": [{"name": "picture", "datatype": "FP32", "shape": [-1, 3, -1, -1]}]}
    with small_server(network, Behaviour(model=float_pictures), port):
        waiting = until(503, lambda: client.get("/readyz"), "input picture")
        assert "input picture: expected UINT8 [-1, -1, -1, 3], got FP32" in waiting.json["detail"]
    with small_server(network, port=port):
        until(200, lambda: client.get("/readyz"))
        assert client.get("/v1/info").json["model"]["precision"] == "remote"
