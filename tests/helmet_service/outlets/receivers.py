"""Receivers on loopback for outlets to be tested against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from tests.http_servers import Quiet, serving


@dataclass(frozen=True)
class Request:
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, dict[str, str]]


@contextmanager
def http_receiver(answer: Callable[[Request], Answer]) -> Iterator[tuple[str, list[Request]]]:
    """An address, and the requests that came there; `answer` gives the status and headers of each answer."""
    came: list[Request] = []

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = Request(dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
            came.append(request)
            status, headers = answer(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as address:
        yield f"{address}/hook", came
