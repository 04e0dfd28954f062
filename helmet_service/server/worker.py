"""gunicorn's gevent worker with the work in threads. Only connections are gevent's; the service knows nothing of it."""

from __future__ import annotations

import errno
from functools import partial
from typing import Any, Final

import gevent.socket  # type: ignore[import-untyped]
from gevent.pool import Pool  # type: ignore[import-untyped]
from gevent.server import StreamServer  # type: ignore[import-untyped]
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from helmet_service.server.buffering import Buffering
from helmet_service.server.live_sockets import LiveSockets
from helmet_service.server.waiting import WaitingClients
from helmet_service.video.jobs import JOBS
from helmet_service.work.service import EXTENSION, Service

# The worker with the fewest clients accepts: two cameras at one get 28 answers a second instead of 38 (decision 6).
_GIVING_WAY_S: Final = 0.002  # for each client that a worker has
_GIVING_WAY_UNLOADED_S: Final = 0.01  # a worker that loads its model would refuse what another can answer
_GIVING_WAY_UNTIL: Final = 16  # clients; in a flood nobody gives way
STOPPING_S: Final = 2.0  # for requests that are on their way on kept connections


class Worker(GeventWorker):  # type: ignore[misc]
    """Its methods are called by gunicorn."""

    def patch(self) -> None:
        """Make the listening sockets gevent's; gunicorn's own would make all threads greenlets."""
        self.sockets: Any = [gevent.socket.socket(each.FAMILY, fileno=each.sock.detach()) for each in self.sockets]

    def load_wsgi(self) -> None:
        """Load the application, and prepare what serves it."""
        super().load_wsgi()
        self.service: Service = self.wsgi.extensions[EXTENSION]
        self.clients = WaitingClients()
        buffering = Buffering(self.wsgi, self.service, self.wsgi.extensions[JOBS], self.clients)
        self.wsgi: Any = LiveSockets(buffering, self.service, self.clients)
        self.server_class: Any = partial(_Listener, self, Pool(self.worker_connections))

    def timeout_ctx(self) -> Any:  # noqa: ANN401
        """How long a connection waits for the next request's head."""
        return self.clients.wait(self.cfg.keepalive if self.alive else STOPPING_S, False, idle=True)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:  # noqa: ANN401
        """A head is there."""
        if not self.service.settings.keep_alive_s:
            req.force_close()
        super().handle_request(listener_name, req, sock, addr)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ANN401
        """Log and answer only the kind of parse error: the bytes may hold keys or pictures."""
        tells_sizes = isinstance(exc, (errors.LimitRequestLine, errors.LimitRequestHeaders))
        if isinstance(exc, errors.ParseException) and not tells_sizes:
            exc = errors.InvalidRequestLine(type(exc).__name__)
        super().handle_error(req, client, addr, exc)


class _Listener(StreamServer):  # type: ignore[misc]
    max_accept = 1  # other workers may take the rest
    _gave_way = False

    def __init__(self, worker: Worker, pool: Pool, listener: Any, **_: Any) -> None:  # noqa: ANN401
        super().__init__(listener, partial(worker.handle, listener), spawn=pool)
        self._worker = worker

    def do_read(self) -> Any:  # noqa: ANN401
        """Called by gevent when a client has come: first give way to other workers."""
        if not self._gave_way and self._worker.cfg.workers > 1 and len(self.pool) < _GIVING_WAY_UNTIL:
            is_loaded = self._worker.service.network.is_loaded()
            return self._pause(_GIVING_WAY_S * len(self.pool) if is_loaded else _GIVING_WAY_UNLOADED_S)
        if self.pool.free_count() == 1:
            self._worker.clients.hang_up(1)
        try:
            return super().do_read()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._worker.clients.hang_up(1)
            return self._pause(self.min_delay)

    def _pause(self, seconds: float) -> None:
        self.stop_accepting()
        gevent.spawn_later(seconds, self._accept)

    def _accept(self) -> None:
        """Accept the client if none of the other workers has."""
        if self.started:
            self.start_accepting()
            self._gave_way = True
            self._do_read()
            self._gave_way = False
