"""A worker's live clients: each waits in greenlets, and has a thread only while one of its frames is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing, suppress
from typing import Any, Final

import gevent  # type: ignore[import-untyped]
from werkzeug.datastructures import EnvironHeaders
from wsproto.events import TextMessage
from wsproto.frame_protocol import CloseReason

from helmet_service.api.live import PREFIX
from helmet_service.api.live_streams import STREAM, LiveStream
from helmet_service.api.web_system.realtime import PREFIX as WEB_SYSTEM_PREFIX
from helmet_service.http.problems import Problem
from helmet_service.http.websocket_handshake import accept_headers
from helmet_service.server.buffering import Buffering
from helmet_service.server.live_client import LiveClient, LiveWork
from helmet_service.server.waiting import WaitingClients, hung_up
from helmet_service.server.websocket import WebSocket
from helmet_service.work.service import Service

# Pages can read the code with which a WebSocket closes, but no HTTP status of a refused one.
_CODES: Final = {
    "401": CloseReason.POLICY_VIOLATION,
    "403": CloseReason.POLICY_VIOLATION,
    "429": CloseReason.TRY_AGAIN_LATER,
    "503": CloseReason.TRY_AGAIN_LATER,
}


_SWITCH_S: Final = 10.0  # for the client to take the 101


class LiveSockets:
    """A WSGI application: requests for WebSockets of live clients are answered here, all others by `inner`."""

    def __init__(self, inner: Buffering, service: Service, clients: WaitingClients) -> None:
        self._inner, self._service, self._clients = inner, service, clients
        self._work = LiveWork(service, inner.threads)
        self._live: set[WebSocket] = set()
        self._is_stopping = False
        self._prefixes = (PREFIX, WEB_SYSTEM_PREFIX) if service.settings.web_system == "1" else (PREFIX,)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer the request; ConnectionResetError when a WebSocket has ended."""
        # Flask routes `//v1/videos` as `/v1/videos`: what is taken before it must see the same path.
        environ["PATH_INFO"] = f"/{environ['PATH_INFO'].lstrip('/')}"
        accepted = self._accepted(environ)
        if accepted is None:
            return self._inner(environ, start_response)
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        answer = self._inner(environ, lambda status, headers, *_: heads.append((status, headers)))
        [(status, headers)] = heads
        stream = environ.pop(STREAM, None)
        if stream is None and status[:3] not in _CODES:
            start_response(status, headers)
            return answer
        with ExitStack() as until_gone:
            if stream is not None:
                until_gone.callback(stream.close)
            with closing(answer):
                problem = b"".join(answer).decode()
            websocket = self._switch(environ["gunicorn.socket"], accepted, dict(headers)["X-Request-Id"])
            self._serve(websocket, stream) if stream else self._refuse(websocket, status[:3], problem)
        raise hung_up()

    def stop(self) -> None:
        """Close the WebSockets of all live clients, and of those that come from now on."""
        self._is_stopping = True
        for websocket in self._live:
            gevent.spawn(_close, websocket)

    def _accepted(self, environ: dict[str, Any]) -> dict[str, str] | None:
        """The headers that accept a WebSocket; None for other requests, which the route refuses."""
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(self._prefixes):
            return None
        try:
            return accept_headers(EnvironHeaders(environ))
        except Problem:
            return None

    def _switch(self, sock: Any, accepted: dict[str, str], request_id: str) -> WebSocket:  # noqa: ANN401
        """Tell the client that its WebSocket begins."""
        fields = [f"{name}: {value}" for name, value in (accepted | {"X-Request-Id": request_id}).items()]
        with self._clients.wait(_SWITCH_S, hung_up()):  # it may not have taken the answers before on this connection
            sock.sendall("\r\n".join(["HTTP/1.1 101 Switching Protocols", *fields, "", ""]).encode())
        in_flight, limit = self._service.admission.in_flight, self._service.capacity.live_message_bytes
        return WebSocket(sock, self._clients, in_flight, limit)

    def _serve(self, websocket: WebSocket, stream: LiveStream) -> None:
        self._live.add(websocket)
        if self._is_stopping:  # since the client was let in
            gevent.spawn(_close, websocket)
        self._work.clients += 1
        try:
            LiveClient(websocket, stream, self._work).serve()
        finally:
            self._work.clients -= 1
            self._live.discard(websocket)

    def _refuse(self, websocket: WebSocket, status: str, problem: str) -> None:
        """Send the problem and close."""
        websocket.send(TextMessage(problem))
        code = CloseReason.GOING_AWAY if self._is_stopping and status == "503" else _CODES[status]
        [error, *_] = json.loads(problem)["errors"]
        websocket.close(code, f"{error['field']}: expected {error['expected']}, got {error['got']}")
        for message in websocket.messages():
            message.release()


def _close(websocket: WebSocket) -> None:
    with suppress(OSError):
        websocket.close(CloseReason.GOING_AWAY, "the service stops")
