"""gunicorn's settings, made from the service's own (docs/settings.md).

Settings, files and sha256 are checked here, before the fork: what is wrong is one line and exit status 78 (EX_CONFIG of
sysexits.h). The network is loaded by each worker after the fork (wsgi.py), because its threads would not survive one.
"""

import ctypes
import os
import sys
from typing import NoReturn

from helmet_service.settings import Settings, SettingsError
from pose.model import ModelError, read_model, verify


def _refuse(reason: Exception) -> NoReturn:
    print(f"helmet-service cannot start: {reason}", file=sys.stderr)
    sys.exit(78)


_LIBC = ctypes.CDLL(None)


def _give_memory_back() -> None:
    """Let glibc return what large pictures needed: by default it keeps such blocks, in an arena a thread.

    Hostile requests as in tests/test_hostile.py, 2,400 of them, measured by hand, left a worker at 1,817 MB without
    this and at 547 MB with it. The numbers are of mallopt(3): M_ARENA_MAX is -8; M_MMAP_THRESHOLD -3 and
    M_TRIM_THRESHOLD -1, both in bytes and above what a usual picture and its fields need (1 MB cost 10 ms a request).
    Another C library has no mallopt.
    """
    mallopt = getattr(_LIBC, "mallopt", None)
    if mallopt is not None:
        mallopt(-8, 2)
        mallopt(-3, 16_000_000)
        mallopt(-1, 64_000_000)


def post_request(_worker: object, _request: object, environ: dict[str, str], _response: object) -> None:
    """Called by gunicorn after each request: give back what a large body took, which lies below smaller blocks."""
    if int(environ.get("CONTENT_LENGTH") or 0) > 2_000_000 and hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)


_give_memory_back()
try:
    _settings = Settings.from_environment(os.environ)
    _model = read_model(_settings.model_dir)
    _model.network_for(_settings.precision)
    verify(_model)
except (SettingsError, ModelError) as error:
    _refuse(error)

bind = f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = _settings.workers
threads = _settings.threads
# A connection between two requests holds no thread; four times the threads let that many cameras keep theirs open.
worker_connections = 4 * threads
backlog = workers * worker_connections
keepalive = 15
timeout = int(3 * _settings.deadline_s) + 30  # a worker silent for so long is stuck, not busy
graceful_timeout = int(_settings.deadline_s) + 5
loglevel = _settings.log_level
# By default it lies in the user's home, which a service may lack and two services would share; nobody needs it here.
control_socket_disable = True
