"""A small server of the Open Inference Protocol: real HTTP, ONNX Runtime behind it, and what goes wrong on demand."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import onnxruntime

from pose.runtimes.kserve import KserveRuntime, NetworkServer

READY = ("/v2/health/ready", "/v2/models/pose/ready")
INFER = "/v2/models/pose/infer"
MODEL = {
    "name": "pose",
    "inputs": [{"name": "picture", "datatype": "UINT8", "shape": [-1, -1, -1, 3]}],
    "outputs": [{"name": "fields", "datatype": "FP32", "shape": [-1, 62, -1, -1]}],
}
HEADER_LENGTH = "Inference-Header-Content-Length"
PATIENCE_S = 60
SHAPE = (1, 32, 64, 3)


@dataclass
class Behaviour:
    """What the server does.

    server, model: what it says of itself and of the model. instead: what it does instead of answering a path.
    hang_up: whether it ends each connection after an answer, without saying so.
    """

    server: dict[str, Any] = field(default_factory=lambda: {"name": "small", "extensions": ["binary_tensor_data"]})
    model: dict[str, Any] = field(default_factory=lambda: MODEL)
    instead: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    hang_up: bool = False
    connections: int = 0
    infer_bytes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Small:
    """A server that runs: where, what it does, and an event that is set when it stops."""

    url: str
    does: Behaviour
    stopping: threading.Event


@cache
def opened(network):
    """The network, opened once for all servers."""
    return onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])


@contextmanager
def small_server(network, does=None, port=0):
    """The server on a port of 127.0.0.1, by default a free one."""
    session = opened(network)
    does, stopping = does or Behaviour(), threading.Event()
    open_connections = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or a body waits 40 ms for its head to be acknowledged
        behaviour, over = does, stopping

        def setup(self):
            super().setup()
            does.connections += 1
            open_connections.append(self.connection)

        def do_GET(self):
            self.answer(b"")

        def do_POST(self):
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def answer(self, body):
            if self.path in does.instead:
                does.instead[self.path](self)
            elif self.path == INFER:
                does.infer_bytes.append(len(body))
                send(self, *infer(session, body, self.headers.get(HEADER_LENGTH)))
            else:
                told = {"/v2": does.server, "/v2/models/pose": does.model}.get(self.path, {})
                send(self, b"" if self.path in READY else json.dumps(told).encode())
            self.close_connection = self.close_connection or does.hang_up

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """A client that went away."""

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Small(f"http://127.0.0.1:{server.server_port}", does, stopping)
    finally:
        stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
        for connection in open_connections:
            with suppress(OSError):  # those that are closed
                connection.shutdown(socket.SHUT_RDWR)


def send(handler, body, headers=None, status=200, length=None):
    """Answer so; length: other than the body's."""
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def infer(session, body, header_length):
    """Body and headers of the answer, in the form that the request has."""
    head = json.loads(body[: int(header_length)] if header_length else body)
    [asked] = head["inputs"]
    if header_length:
        data = body[int(header_length) :]
        assert asked["parameters"]["binary_data_size"] == len(data)
        picture = np.frombuffer(data, np.uint8)
    else:
        picture = np.array(asked["data"], np.uint8)
    [fields] = session.run(["fields"], {"picture": picture.reshape(asked["shape"])})
    output = {"name": "fields", "datatype": "FP32", "shape": fields.shape}
    if not head["outputs"][0].get("parameters", {}).get("binary_data"):
        return json.dumps({"outputs": [{**output, "data": fields.ravel().tolist()}]}).encode(), {}
    return as_bytes({"outputs": [{**output, "parameters": {"binary_data_size": fields.nbytes}}]}, fields.tobytes())


def as_bytes(head, data):
    """Body and headers of an answer whose tensors are bytes."""
    encoded = json.dumps(head).encode()
    return encoded + data, {HEADER_LENGTH: str(len(encoded))}


def connect(model, url, timeout_s=30.0):
    return KserveRuntime(NetworkServer(url, "pose", timeout_s), model.decoder.layout)


def noise(seed, shape=SHAPE):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def hang(handler):
    handler.over.wait(PATIENCE_S)
