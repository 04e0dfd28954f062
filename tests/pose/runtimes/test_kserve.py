"""The client of network servers against real HTTP: what it makes of answers, right, wrong, late and missing."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pose.errors import NetworkServerError
from pose.fields import FieldSpec
from pose.runtimes.kserve import KserveRuntime, NetworkServer
from tests.pose.runtimes.small_v2_server import (
    HEADER_LENGTH,
    INFER,
    MODEL,
    SHAPE,
    Behaviour,
    as_bytes,
    connect,
    hang,
    noise,
    send,
    small_server,
)

CELLS = [1, 62, 8, 16]
VALUES = 62 * 8 * 16


@pytest.mark.parametrize(
    ("server", "bytes_sent"),
    [
        ({"name": "small", "extensions": ["statistics", "binary_tensor_data"]}, True),
        ({"name": "OpenVINO Model Server", "version": "2026.0.0"}, True),
        ({"name": "mlserver", "extensions": []}, False),
        ({}, False),
    ],
)
def test_fields_are_those_of_the_network_run_here_as_bytes_or_as_json(model, local, server, bytes_sent):
    with small_server(model.network, Behaviour(server=server)) as small:
        remote = connect(model, small.url)
        for shape in (SHAPE, (2, 64, 32, 3)):
            batch = noise(0, shape)
            fields = remote.run(batch)
            np.testing.assert_allclose(fields, local.run(batch), atol=1e-4)
            assert fields.dtype == np.float32
            assert (batch.nbytes < small.does.infer_bytes[-1] < 1.1 * batch.nbytes) is bytes_sent
        assert remote.precision == "remote"


def test_outputs_are_joined_in_the_order_of_the_fields_whatever_order_they_come_in(model, local):
    values = model.decoder.layout.to_json()
    spec = FieldSpec.from_json({**values, "outputs": ["first", "second"]})
    parts = {"first": 19, "second": 43}
    told = [{"name": name, "datatype": "FP32", "shape": [-1, parts[name], -1, -1]} for name in ("second", "first")]
    batch = noise(1)
    expected = local.run(batch)

    def swapped(handler):
        both = {"first": expected[:, :19], "second": expected[:, 19:]}
        tensors = [
            {"name": n, "datatype": "FP32", "shape": both[n].shape, "parameters": {"binary_data_size": both[n].nbytes}}
            for n in ("second", "first")
        ]
        send(handler, *as_bytes({"outputs": tensors}, both["second"].tobytes() + both["first"].tobytes()))

    does = Behaviour(model={**MODEL, "outputs": told}, instead={INFER: swapped})
    with small_server(model.network, does) as small:
        fields = KserveRuntime(NetworkServer(small.url, "pose", 30), spec).run(batch)
        np.testing.assert_array_equal(fields, expected)


def test_one_connection_carries_run_after_run(model):
    with small_server(model.network) as small:
        remote = connect(model, small.url)
        for seed in range(3):
            remote.run(noise(seed))
        assert small.does.connections == 1


def test_a_connection_that_the_server_ended_is_made_anew(model):
    with small_server(model.network, Behaviour(hang_up=True)) as small:
        remote = connect(model, small.url)
        for seed in range(3):
            remote.run(noise(seed))
        assert small.does.connections > 1


def test_threads_each_get_their_own_answer(model, local):
    batches = [noise(seed) for seed in range(24)]
    with small_server(model.network) as small, ThreadPoolExecutor(6) as threads:
        remote = connect(model, small.url)
        for batch, fields in zip(batches, threads.map(remote.run, batches), strict=True):
            np.testing.assert_allclose(fields, local.run(batch), atol=1e-4)
        assert small.does.connections <= 6


def answer_of(change=None, data=None, head_length=None):
    """A right answer in bytes but for this: change of the output's fields, the data, the told length of the head."""

    def wrong(handler):
        values = np.zeros(CELLS, np.float32).tobytes() if data is None else data
        output = {"name": "fields", "datatype": "FP32", "shape": CELLS, **(change or {})}
        body, headers = as_bytes({"outputs": [output]}, values)
        send(handler, body, headers if head_length is None else {HEADER_LENGTH: head_length})

    return wrong


def json_of(value):
    return lambda handler: send(handler, value if isinstance(value, bytes) else json.dumps(value).encode())


def output_of(data):
    return json_of({"outputs": [{"name": "fields", "datatype": "FP32", "shape": CELLS, "data": data}]})


def end_within(handler):
    send(handler, b"half", length=1000)
    handler.close_connection = True


def not_http(handler):
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


def nothing(handler):
    handler.close_connection = True


WRONG = {
    "an error": (
        lambda h: send(h, b'{"error":"out\nof memory"}', status=500),
        'expected 200, got 500 {"error":"out of',
    ),
    "a refusal": (lambda h: send(h, b"", status=400), "expected 200, got 400$"),
    "an error without end": (lambda h: send(h, b"x" * 9999, status=503), "expected 200, got 503 x{200}$"),
    "garbage": (json_of(b"\xff\x00garbage"), "expected JSON, got b'.xff"),
    "a list": (json_of([1]), "expected a JSON object, got"),
    "nothing told": (json_of({}), "outputs: expected a list of tensors, got None"),
    "no output": (json_of({"outputs": []}), "outputs: expected a list of tensors"),
    "outputs that are none": (json_of({"outputs": [7]}), "outputs: expected a list of tensors"),
    "deep JSON": (json_of(b"[" * 100_000), "recursion"),
    "too much JSON": (json_of(b" " * 2_000_000), "expected at most 1253952 bytes of JSON, got more"),
    "another output": (answer_of({"name": "maps"}), "output maps: expected FP32 None"),
    "half numbers": (answer_of({"datatype": "FP16"}), "output fields: expected FP32 .*, got FP16"),
    "another shape": (answer_of({"shape": [1, 62, 8, 15]}), r"output fields: expected FP32 \(1, 62, 8, 16\), got"),
    "too few bytes": (answer_of(data=b"1234"), "output fields: expected 31744 bytes, got 4"),
    "a head that is too short": (answer_of(head_length="5"), "expected JSON, got"),
    "a head that is longer than all": (answer_of(head_length="900000"), "the bytes of JSON that follow, got 900000"),
    "an endless head": (answer_of(head_length="9" * 30), "the bytes of JSON that follow, got 999"),
    "a head of less than nothing": (answer_of(head_length="-1"), "the bytes of JSON that follow, got -1"),
    "a head of no length": (answer_of(head_length="many"), "invalid literal"),
    "words": (output_of(["a"] * VALUES), "could not convert"),
    "too few values": (output_of([0.5]), "cannot reshape"),
    "huge numbers": (output_of([10**400] + [0] * (VALUES - 1)), "too large|finite"),
    "ragged lists": (output_of([[1], [1, 2]]), "inhomogeneous"),
    "objects": (output_of([{}] * VALUES), "float"),
    "not a number": (output_of([None] * VALUES), "expected finite numbers"),
    "infinity": (answer_of(data=np.full(CELLS, np.inf, np.float32).tobytes()), "expected finite numbers"),
    "an end within": (end_within, "expected"),
    "another protocol": (not_http, "expected an answer, got none: SSH"),
    "nothing": (nothing, "expected an answer, got none: Remote end closed"),
}


@pytest.mark.parametrize(("wrong", "complaint"), WRONG.values(), ids=WRONG)
def test_an_answer_that_is_none_is_told_with_its_address_and_the_next_run_works(model, local, wrong, complaint):
    with small_server(model.network) as small:
        remote = connect(model, small.url)
        small.does.instead[INFER] = wrong
        with pytest.raises(NetworkServerError, match=f"(?s)^{small.url}{INFER}: .*({complaint})") as raised:
            remote.run(noise(0))
        assert len(str(raised.value)) < 400
        small.does.instead.clear()
        np.testing.assert_allclose(remote.run(noise(0)), local.run(noise(0)), atol=1e-4)


def test_a_server_that_tells_of_more_channels_than_memory_holds_is_told_of(model):
    many = 10**12
    outputs = [{"name": "fields", "datatype": "FP32", "shape": [-1, many, -1, -1]}]
    instead = {INFER: answer_of({"shape": [1, many, *CELLS[2:]]})}
    with small_server(model.network, Behaviour(model={**MODEL, "outputs": outputs}, instead=instead)) as small:
        remote = connect(model, small.url)
        with pytest.raises(NetworkServerError, match="Unable to allocate"):
            remote.run(noise(0))


def drip_head(handler):
    drip(handler, b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 2000)


def drip_body(handler):
    drip(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b" " * 2000)


def drip(handler, data):
    for at in range(len(data)):
        handler.wfile.write(data[at : at + 1])
        if handler.over.wait(0.01):
            return


@pytest.mark.parametrize("slow", [hang, drip_head, drip_body])
def test_a_run_ends_at_its_time_whatever_the_server_does(model, slow):
    with small_server(model.network) as small:
        remote = connect(model, small.url, timeout_s=0.3)
        small.does.instead[INFER] = slow
        with pytest.raises(NetworkServerError, match=f"{INFER}: expected an answer in 0.3 s, got none"):
            remote.run(noise(0))


def test_a_server_that_takes_no_request_is_given_up(model):
    with socket.create_server(("127.0.0.1", 0), backlog=1) as never_accepts:
        url = f"http://127.0.0.1:{never_accepts.getsockname()[1]}"
        with pytest.raises(NetworkServerError, match=r"v2/health/ready: expected an answer in 0\.2 s, got none"):
            connect(model, url, timeout_s=0.2)


def test_a_request_that_the_server_does_not_read_is_given_up(model):
    with small_server(model.network) as small:
        remote = connect(model, small.url, timeout_s=0.3)
    host, port = small.url.removeprefix("http://").split(":")
    given_up = pytest.raises(NetworkServerError, match=r"expected an answer in 0\.3 s, got none")
    with socket.create_server((host, int(port)), backlog=1), given_up:
        remote.run(np.zeros((2, 2048, 2048, 3), np.uint8))
