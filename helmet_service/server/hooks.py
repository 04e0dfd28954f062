"""What gunicorn calls while the service starts, reloads and stops, and the checks before its workers are made."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import tempfile
from typing import Any, Final

import gevent  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from prometheus_client.multiprocess import mark_process_dead

from helmet_service.http.access import read_keys
from helmet_service.http.rate_limit import remove_at_end, shared_counts
from helmet_service.observing import history, logs, metrics, recent_problems
from helmet_service.server.folders import make_folder_of_counts, refuse
from helmet_service.server.listening import check_listening
from helmet_service.server.worker import STOPPING_S, Worker
from helmet_service.setting_fields import SettingsError
from helmet_service.settings import Settings
from helmet_service.work.capacity import Capacity
from pose.errors import PoseError
from pose.estimation.model import read_model, verify
from pose.runtimes import check_driver

_HANGING_UP_EACH_S: Final = 0.1  # a fast upload is rarely waited for


def settings_or_exit() -> Settings:
    """The settings, checked with all that they name; what is wrong ends the process."""
    try:
        settings = _checked_settings()
        if settings.rate_limit:
            shared_counts()  # what is made here, all workers have
    except (SettingsError, PoseError, OSError) as error:
        refuse(error)
    except sqlite3.Error as error:
        refuse(f"{tempfile.gettempdir()}: expected room for a file of requests' counts, got: {error}")
    return settings


def _checked_settings() -> Settings:
    settings = Settings.from_environment(os.environ)
    check_listening(settings.host, settings.port)
    model = read_model(settings.model_dir)
    model.network_for(settings.precision)
    verify(model)
    if settings.compat_own_hats == "1" and model.headwear is None:
        raise SettingsError(f"COMPAT_OWN_HATS: expected 0, as {model.name} {model.version} sees no hats itself, got 1")
    if settings.runtime == "cuda":
        check_driver()
    read_keys(settings.api_keys_file)
    Capacity.of(settings)
    return settings


def allow_files(needed: int) -> None:
    """Let this process and its workers open so many files; usually 1024 are allowed."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= allowed < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, most) if most > 0 else needed, most))


def on_starting(server: Any) -> None:  # noqa: ANN401
    """Called by gunicorn once, before it makes workers."""
    if server.cfg.is_ssl:
        refuse("certfile, keyfile: expected none, as a proxy in front does TLS (deploy/nginx.conf)")
    each = metrics.BYTES_A_WORKER + recent_problems.BYTES_A_WORKER
    remove_at_end(make_folder_of_counts(each * server.cfg.workers + history.BYTES))


def post_worker_init(worker: Worker) -> None:
    """On SIGTERM the worker is not ready and closes live streams at once; it stops taking requests DRAIN_S later."""

    def drain() -> None:
        worker.service.stop()
        worker.wsgi.stop()
        gevent.sleep(worker.service.settings.drain_s)
        worker.handle_exit(signal.SIGTERM, None)
        gevent.sleep(STOPPING_S)
        worker.clients.hang_up(only_idle=True)
        gevent.sleep(worker.service.settings.deadline_s)
        while True:  # uploads and results, which would go on: gunicorn would kill them, and half of a video be left
            worker.clients.hang_up()
            gevent.sleep(_HANGING_UP_EACH_S)

    # Not in the handler: what it interrupts may hold the metrics' lock, for which it would wait for ever.
    signal.signal(signal.SIGTERM, lambda *_: gevent.spawn(drain))
    signal.siginterrupt(signal.SIGTERM, False)


def child_exit(_server: object, worker: Worker) -> None:
    """Called when a worker has ended, for any reason: drops its gauges (queue, bytes) from the metrics."""
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def when_ready(server: Any) -> None:  # noqa: ANN401
    """Called by gunicorn once, when it listens: a reload (SIGHUP) with something wrong would end the service, so it is
    looked at first.
    """
    reload = server.reload

    def reload_if_sound() -> None:
        try:
            _checked_settings()
        except (SettingsError, PoseError, OSError) as error:
            server.log.error("not reloaded, all stays as it was: %s", error)  # noqa: TRY400  one line tells it all
        else:
            reload()

    server.reload = reload_if_sound


class ServiceLogger(Logger):  # type: ignore[misc]
    """gunicorn's own messages in the form of the service's."""

    def setup(self, cfg: object) -> None:
        """Called by gunicorn at its start and at a reload."""
        super().setup(cfg)
        form = Settings.from_environment(os.environ).log_format
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.formatter(form))
