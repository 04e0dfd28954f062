"""gunicorn's settings, made from the service's own (docs/settings.md).

Settings, files and sha256 are checked here, before the fork: what is wrong is one line and exit status 78 (EX_CONFIG of
sysexits.h). The network is loaded by each worker after the fork (wsgi.py), because its threads would not survive one.
"""

# ruff: noqa: E402  one import is told by the environment what it is to be

import atexit
import ctypes
import os
import resource
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from gunicorn.glogging import Logger


def _refuse(reason: object) -> NoReturn:
    print(f"helmet-service cannot start: {reason}", file=sys.stderr)
    sys.exit(78)


_MEMORY = Path("/dev/shm")  # noqa: S108  the folder's name there cannot be guessed, and it must not be there yet
_memory_has_room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 32_000_000
try:
    tempfile.gettempdir()
except OSError:  # a root that may only be read
    if not _memory_has_room:
        _refuse(f"TMPDIR: expected a folder to write to where {_MEMORY} has no room (32 MB), got none")
    tempfile.tempdir = str(_MEMORY)

# Where workers keep what they count (helmet_service/observing/metrics.py). prometheus_client looks for the variable
# when it is imported, by what follows. A reload reads this file again in the same process and keeps what was counted;
# every other start has a new, empty folder, in memory where there is room.
_MINE = f"helmet-service-{os.getpid()}-"
if _MINE not in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
    _parent = _MEMORY if _memory_has_room else Path(tempfile.gettempdir())
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_parent / (_MINE + secrets.token_hex(8)))
worker_tmp_dir = str(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).parent)

from prometheus_client.multiprocess import mark_process_dead

from helmet_service.http.access import read_keys
from helmet_service.http.rate_limit import shared_counts
from helmet_service.observing import logs
from helmet_service.observing.metrics import BYTES_A_WORKER
from helmet_service.server.listening import binds, check_listening
from helmet_service.settings import Settings, SettingsError
from helmet_service.work.capacity import Capacity
from helmet_service.work.service import EXTENSION
from pose.errors import PoseError
from pose.estimation.model import read_model, verify
from pose.runtimes import check_driver

_LIBC = ctypes.CDLL(None)


def _give_memory_back() -> None:
    """Let glibc return what large pictures needed: by default it keeps such blocks, in an arena a thread.

    Hostile requests as in tests/serving/test_hostile.py, 2,400 of them, measured by hand, left a worker at 1,817 MB
    without this and at 547 MB with it. The numbers are of mallopt(3): M_ARENA_MAX is -8; M_MMAP_THRESHOLD -3 and
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


def on_starting(_server: object) -> None:
    """Called by gunicorn once, before it makes workers."""
    folder, needed = os.environ["PROMETHEUS_MULTIPROC_DIR"], BYTES_A_WORKER * _settings.workers
    try:
        os.mkdir(folder, 0o700)
    except OSError as error:
        _refuse(error)
    atexit.register(_remove, folder, os.getpid())
    if (free := shutil.disk_usage(folder).free) < needed:
        _refuse(f"{folder}: expected {needed // 1000} kB of room for what workers count, got {free // 1000} kB")


def post_worker_init(worker: object) -> None:
    """Called by gunicorn in a worker that is about to serve: told to stop, it is not ready at once, and takes no more
    requests DRAIN_S later.
    """
    service = worker.wsgi.extensions[EXTENSION]

    def drain(_number: int, _frame: object) -> None:
        service.stop()
        signal.signal(signal.SIGALRM, worker.handle_exit)
        signal.setitimer(signal.ITIMER_REAL, max(_settings.drain_s, 0.001))  # 0 would never ring

    signal.signal(signal.SIGTERM, drain)
    signal.siginterrupt(signal.SIGTERM, False)


def child_exit(_server: object, worker: object) -> None:
    """Called by gunicorn when a worker has ended, however that came: its share of what is now is nothing."""
    mark_process_dead(worker.pid)


def _remove(folder: str, maker: int) -> None:
    if os.getpid() == maker:  # a worker that ends inherits this call
        shutil.rmtree(folder, ignore_errors=True)


class logger_class(Logger):  # noqa: N801  gunicorn's setting
    """gunicorn's own messages in the form of the service's."""

    def setup(self, cfg: object) -> None:
        """Called by gunicorn at its start and at a reload."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.formatter(_settings.log_format))


def _check() -> Settings:
    settings = Settings.from_environment(os.environ)
    check_listening(settings.host, settings.port)
    model = read_model(settings.model_dir)
    model.network_for(settings.precision)
    verify(model)
    if settings.runtime == "cuda":
        check_driver()
    read_keys(settings.api_keys_file)
    Capacity.of(settings)
    return settings


def when_ready(server: object) -> None:
    """Called by gunicorn once, when it listens: a reload (SIGHUP) with something wrong would end the service, so it is
    looked at first.
    """
    reload = server.reload

    def reload_if_sound() -> None:
        try:
            _check()
        except (SettingsError, PoseError, OSError) as error:
            server.log.error("not reloaded, all stays as it was: %s", error)  # noqa: TRY400  one line tells it all
        else:
            reload()

    server.reload = reload_if_sound


_give_memory_back()
try:
    _settings = _check()
    if _settings.rate_limit:
        shared_counts()  # what is made here, all workers have
except (SettingsError, PoseError, OSError) as error:
    _refuse(error)
except sqlite3.Error as error:
    _refuse(f"{tempfile.gettempdir()}: expected room for a file of requests' counts, got: {error}")

bind = binds(_settings.host, _settings.port)
worker_class = "helmet_service.server.gunicorn_worker.Worker"
workers = _settings.workers
threads = _settings.threads
# A connection without a whole request holds no thread, only a file; so does one that is seen off.
worker_connections = Capacity.of(_settings).connections
_may, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
_needed = 2 * worker_connections + 200
if 0 <= _may < _needed:  # usually 1024, of which the defaults need 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_needed, _most) if _most > 0 else _needed, _most))
backlog = workers * worker_connections
keepalive = _settings.keep_alive_s
timeout = int(3 * _settings.deadline_s) + 30  # a worker silent for so long is stuck, not busy
graceful_timeout = int(_settings.deadline_s + _settings.drain_s) + 5
loglevel = _settings.log_level
# What clients say of themselves in headers is believed as TRUSTED_PROXIES says, and nowhere else.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}  # over a Unix socket gunicorn would believe them
# By default it lies in the user's home, which a service may lack and two services would share; nobody needs it here.
control_socket_disable = True
