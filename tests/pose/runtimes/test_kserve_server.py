"""The client of network servers against real HTTP: addresses, servers that fit or not, and whether they work."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pose.errors import NetworkServerError
from pose.runtimes.kserve import KserveRuntime, NetworkServer
from tests.pose.runtimes.small_v2_server import (
    INFER,
    MODEL,
    PATIENCE_S,
    READY,
    Behaviour,
    connect,
    hang,
    noise,
    send,
    small_server,
)


def tensor(kind, shape, name="fields"):
    return [{"name": name, "datatype": kind, "shape": shape}]


MISFITS = {
    "float pictures": ({"inputs": tensor("FP32", [-1, -1, -1, 3], "x")}, "input x: expected UINT8 .*, got FP32"),
    "channels first": (
        {"inputs": tensor("UINT8", [-1, 3, -1, -1], "x")},
        r"input x: expected UINT8 .* got UINT8 \[-1, 3",
    ),
    "two inputs": ({"inputs": MODEL["inputs"] + tensor("UINT8", [1])}, "expected one input, got 2"),
    "no inputs": ({"inputs": None}, "inputs: expected a list of tensors, got None"),
    "another output": ({"outputs": tensor("FP32", [-1, 62, -1, -1], "y")}, "output fields: expected FP32 .* got None"),
    "half numbers": ({"outputs": tensor("FP16", [-1, 62, -1, -1])}, "output fields: expected FP32 .*, got FP16"),
    "flat fields": ({"outputs": tensor("FP32", [-1, 62])}, "output fields: expected FP32"),
    "unknown channels": ({"outputs": tensor("FP32", [-1, -1, -1, -1])}, "output fields: expected FP32"),
    "few channels": ({"outputs": tensor("FP32", [-1, 57, -1, -1])}, "expected 62 channels of fields, got 57"),
}


@pytest.mark.parametrize(("change", "complaint"), MISFITS.values(), ids=MISFITS)
def test_a_served_model_that_does_not_fit_is_refused_with_what_was_expected(model, change, complaint):
    does = Behaviour(model={**MODEL, **change})
    with small_server(model.network, does) as small, pytest.raises(NetworkServerError, match=complaint):
        connect(model, small.url)


@pytest.mark.parametrize("path", READY)
def test_a_server_that_is_not_ready_is_not_taken(model, path):
    does = Behaviour(instead={path: lambda handler: send(handler, b"loading", status=503)})
    not_ready = pytest.raises(NetworkServerError, match=f"{path}: expected 200, got 503 loading")
    with small_server(model.network, does) as small, not_ready:
        connect(model, small.url)


def test_nobody_at_the_address_is_told_at_once(model):
    with small_server(model.network) as small:
        pass
    with pytest.raises(NetworkServerError, match=r"expected an answer, got none: .*refused"):
        connect(model, small.url)


def until_well(remote):
    """Return when the check passes; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            return remote.check(trusting=True)
        except NetworkServerError:
            pass
    return pytest.fail("expected the server to be found well again")


def check_for_a_minute(remote):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        remote.check()


def test_the_check_says_what_the_last_run_said_and_finds_the_server_when_it_is_back(model, local):
    with small_server(model.network) as small:
        remote = connect(model, small.url)
        remote.check()
    with pytest.raises(NetworkServerError):
        remote.run(noise(0))
    with pytest.raises(NetworkServerError, match="refused"):
        remote.check()
    port = int(small.url.rsplit(":", 1)[1])
    with small_server(model.network, Behaviour(server={"name": "without bytes"}), port):
        until_well(remote)
        np.testing.assert_allclose(remote.run(noise(0)), local.run(noise(0)), atol=1e-4)


def test_the_check_notices_a_server_that_went_while_nobody_asked_for_a_run(model):
    with small_server(model.network) as small:
        remote = connect(model, small.url)
    remote.check(trusting=True)
    with pytest.raises(NetworkServerError, match="refused"):
        check_for_a_minute(remote)
    with pytest.raises(NetworkServerError, match="refused"):
        remote.check(trusting=True)


def test_while_one_thread_asks_a_hanging_server_others_hear_what_was_said_last(model):
    asked = threading.Event()

    def tell_and_hang(handler):
        asked.set()
        hang(handler)

    with small_server(model.network) as small, ThreadPoolExecutor(1) as other:
        remote = connect(model, small.url, timeout_s=1.0)
        small.does.instead[INFER] = lambda handler: send(handler, b"", status=500)
        with pytest.raises(NetworkServerError):
            remote.run(noise(0))
        small.does.instead[READY[0]] = tell_and_hang

        def ask_until_it_hangs():
            while not asked.is_set():
                with pytest.raises(NetworkServerError):
                    remote.check()

        asking = other.submit(ask_until_it_hangs)
        assert asked.wait(PATIENCE_S)
        with pytest.raises(NetworkServerError, match="got 500"):
            remote.check()
        asking.result(PATIENCE_S)
        with pytest.raises(NetworkServerError, match="ready: expected an answer in 1 s, got none"):
            remote.check()


@pytest.mark.parametrize(
    "url",
    [
        "", "networks:8000", "https://networks:8000", "http://", "http://:8000", "http://networks:0",
        "http://networks:65536", "http://networks:8000/v2", "http://user:secret@networks", "http://net works",
        "http://networks:8000?x", "http://networks\n",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="expected http://host:port, got "):
        NetworkServer(url, "pose", 1.0)


@pytest.mark.parametrize("url", ["http://networks", "http://10.0.0.7:8000/", "http://[::1]:8000", "http://a-b.c:1"])
def test_an_address_is_a_host_and_perhaps_a_port(url):
    assert NetworkServer(url, "pose", 1.0).url == url


def test_a_models_name_is_quoted(model):
    with small_server(model.network) as small, pytest.raises(NetworkServerError, match="/v2/models/a%2F%3Fb: input"):
        KserveRuntime(NetworkServer(small.url, "a/?b", 1.0), model.decoder.layout)
