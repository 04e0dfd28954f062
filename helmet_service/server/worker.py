"""gunicorn's gevent worker with the work in threads. Only connections are gevent's; the service knows nothing of it."""

from __future__ import annotations

import errno
from functools import partial
from typing import Any, Final

import gevent.socket  # type: ignore[import-untyped]
from gevent.pool import Pool  # type: ignore[import-untyped]
from gevent.server import StreamServer  # type: ignore[import-untyped]
from gunicorn.http.errors import InvalidRequestLine, ParseException  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from helmet_service.server.buffering import Buffering, WaitingClients
from helmet_service.work.service import EXTENSION, Service

# All workers hear of a client, and the one with the fewest shall take it: two cameras that keep connections to the same
# worker get 28 answers a second instead of 38 (docs/decisions/0006-two-workers-two-threads-each.md).
_GIVING_WAY_S: Final = 0.002  # for each client that a worker has
_GIVING_WAY_UNLOADED_S: Final = 0.01  # a worker that loads its model would refuse what another can answer
_GIVING_WAY_UNTIL: Final = 16  # clients; in a flood nobody gives way
_SHORT_OF_FILES_S: Final = 0.01
_STOPPING_S: Final = 2.0  # for requests that are on their way on kept connections


class Worker(GeventWorker):  # type: ignore[misc]
    """Its methods are called by gunicorn."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.clients = WaitingClients()

    def patch(self) -> None:
        """Make the listening sockets gevent's; gunicorn's own would make all threads greenlets."""
        self.sockets: Any = [gevent.socket.socket(each.FAMILY, fileno=each.sock.detach()) for each in self.sockets]

    def load_wsgi(self) -> None:
        """Load the application."""
        super().load_wsgi()
        self.pool = Pool(self.worker_connections)  # gunicorn's own bound each listener
        self.service: Service = self.wsgi.extensions[EXTENSION]
        self.wsgi: Any = Buffering(self.wsgi, self.service, self.clients)

    @property
    def server_class(self) -> Any:  # noqa: ANN401
        """What accepts clients."""
        return partial(_Listener, self)

    def timeout_ctx(self) -> Any:  # noqa: ANN401
        """How long a connection waits for the next request's head."""
        return self.clients.wait(self.cfg.keepalive if self.alive else _STOPPING_S, False, idle=True)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:  # noqa: ANN401
        """A head is there."""
        if not self.service.settings.keep_alive_s:
            req.force_close()
        super().handle_request(listener_name, req, sock, addr)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ANN401
        """Of what is no request only the kind of mistake is logged and answered: it may hold keys and pictures."""
        exc = InvalidRequestLine(type(exc).__name__) if isinstance(exc, ParseException) else exc
        super().handle_error(req, client, addr, exc)

    def handle_exit(self, sig: Any, frame: Any) -> None:  # noqa: ANN401
        """Stop: answer what has come, and soon wait for nothing else."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(_STOPPING_S, self.clients.hang_up_on_idle)


class _Listener(StreamServer):  # type: ignore[misc]
    max_accept = 1  # other workers may take the rest
    _gave_way = False

    def __init__(self, worker: Worker, listener: Any, **_: Any) -> None:  # noqa: ANN401
        super().__init__(listener, partial(worker.handle, listener), spawn=worker.pool)
        self._worker = worker

    def do_read(self) -> Any:  # noqa: ANN401
        """Called by gevent when a client has come: first give way to other workers."""
        if not self._gave_way and self._worker.cfg.workers > 1 and len(self.pool) < _GIVING_WAY_UNTIL:
            is_loaded = self._worker.service.network.is_loaded()
            return self._pause(_GIVING_WAY_S * len(self.pool) if is_loaded else _GIVING_WAY_UNLOADED_S)
        if self.pool.free_count() == 1:
            self._worker.clients.hang_up_on_one()
        try:
            return super().do_read()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._worker.clients.hang_up_on_one()
            return self._pause(_SHORT_OF_FILES_S)

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
