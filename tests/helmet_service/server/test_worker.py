from __future__ import annotations

import pytest
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.config import Config
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader
from gunicorn.sock import TCP6Socket, TCPSocket, UnixSocket
from gunicorn.workers.ggevent import GeventWorker

from helmet_service.server.worker import Worker, _Listener


@pytest.mark.parametrize(("own", "kept"), [(Worker, GeventWorker), (_Listener, StreamServer)])
def test_what_is_overridden_is_still_there(own, kept):
    overridden = {name for name in vars(own) if not name.startswith("_")}
    assert overridden
    assert overridden <= set(dir(kept))


@pytest.mark.parametrize(
    ("used", "names"),
    [
        (GeventWorker, ["handle", "handle_exit", "server_class"]),
        (StreamServer, ["_do_read", "min_delay", "start_accepting", "started", "stop_accepting"]),
        (StreamServer(("127.0.0.1", 0), spawn=Pool(1), handle=print), ["pool"]),
        (Pool, ["free_count"]),
        (Request, ["force_close"]),
        (TCP6Socket, ["FAMILY"]),
        (UnixSocket, ["FAMILY"]),
        (Body(None), ["failed", "reader"]),
        (ChunkedReader(None, None), ["buf", "read"]),
        (LengthReader(Unreader(), 0), ["length", "read", "unreader"]),
        (Unreader(), ["buf"]),
        (TCPSocket(("127.0.0.1", 0), Config(), None), ["FAMILY", "sock"]),
        (Config().settings, ["keepalive", "worker_connections", "workers"]),
    ],
)
def test_what_is_used_is_still_there(used, names):
    assert set(names) <= set(used if isinstance(used, dict) else dir(used))
