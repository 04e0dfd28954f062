"""A thread for each outlet, which tells it what waits in the outbox, at the outlet's own pace."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from helmet_service.alarms.database import StoreError
from helmet_service.alarms.events import Event
from helmet_service.alarms.evidence_folder import EvidenceFolder
from helmet_service.alarms.outbox import Delivery, Outbox
from helmet_service.cameras.camera import OutletConfig, Site
from helmet_service.outlets.hikvision import Hikvision
from helmet_service.outlets.mail import Mail
from helmet_service.outlets.mqtt import Mqtt
from helmet_service.outlets.outlet import DeliveryError, Outlet, RefusalError
from helmet_service.outlets.syslog import Syslog
from helmet_service.outlets.webhook import Webhook

Value = TypeVar("Value")
_LOG: Final = logging.getLogger(__name__)
_LOOK_S: Final = 1.0  # between looks for what other processes put into the outbox
_NO_DISK_S: Final = 5.0
_PURGE_S: Final = 600.0
_STOP_S: Final = 2.0


class Senders:
    """The outlets of a site, each with its thread. folder: WATCH_DIR."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._outbox = Outbox(folder)
        self._keep_days = site.alarms.keep_days
        self._stopped = threading.Event()
        self._senders = [_Sender(config, site, folder, self._stopped) for config in site.outlets]
        self._threads = [
            threading.Thread(target=each.run, name=f"outlet-{each.name}", daemon=True) for each in self._senders
        ]
        self._threads.append(threading.Thread(target=self._keep_order, name="outbox", daemon=True))

    def start(self) -> None:
        """Begin to send, with what waits since the last time."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Say that something was put into the outbox."""
        for sender in self._senders:
            sender.news.set()

    def stop(self) -> None:
        """Send no more; returns within two seconds. A receiver that hangs is left to its thread, which ends with it.

        For another configuration, stop these and start others.
        """
        self._stopped.set()
        self.wake()
        ends = time.monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _keep_order(self) -> None:
        """Give up what waits for outlets that are gone, then from time to time what waited too long."""
        names = [sender.name for sender in self._senders]
        _tell_given_up(_insist(lambda: self._outbox.keep_only(names), self._stopped))
        last = time.monotonic()
        while not self._stopped.wait(_PURGE_S):
            passed_s = time.monotonic() - last
            last += passed_s
            _tell_given_up(_insist(partial(self._outbox.purge, self._keep_days, passed_s), self._stopped))


class _Sender:
    """Tells one outlet."""

    def __init__(self, config: OutletConfig, site: Site, folder: Path, stopped: threading.Event) -> None:
        self.name = config.name
        self.news = threading.Event()
        self._stopped = stopped
        self._outbox = Outbox(folder)
        self._evidence = EvidenceFolder(folder)
        self._open = partial(_outlet, config, site, self._outbox)

    def run(self) -> None:
        """Until it is stopped."""
        outlet = _insist(self._open, self._stopped)
        while outlet is not None and not self._stopped.is_set():
            self.news.clear()
            delivery = _insist(lambda: self._outbox.next(self.name, time.time()), self._stopped)
            if delivery is not None:
                self._tell(outlet, delivery)
                continue
            try:
                outlet.rest()
            except Exception as error:  # noqa: BLE001  a fault of ours must not end the thread
                _LOG.error("outlet %s: %s", self.name, _fault(error))
            if not self._stopped.is_set():
                self.news.wait(_LOOK_S)
        if outlet is not None:
            outlet.close()

    def _tell(self, outlet: Outlet, delivery: Delivery) -> None:
        """Tell the outlet of an event and write down what became of it, however long the disk takes."""
        try:
            outlet.send(delivery.event, self._picture(delivery.event))
            outcome = partial(self._outbox.done, delivery)
        except RefusalError as refused:
            _LOG.warning("outlet %s: event %s is refused: %s", self.name, delivery.event.id, refused)
            outcome = partial(self._outbox.refused, delivery, str(refused))
        except Exception as error:  # noqa: BLE001  a fault of ours must not hold up other events for ever
            failed = error if isinstance(error, DeliveryError) else DeliveryError(_fault(error), only_it=True)
            _LOG.warning("outlet %s: event %s waits: %s", self.name, delivery.event.id, failed)
            outcome = partial(
                self._outbox.failed, delivery, str(failed), time.time(), failed.wait_s, only_it=failed.only_it
            )
        _insist(outcome, self._stopped)

    def _picture(self, event: Event) -> bytes | None:
        """The picture of an alarm that begins or goes on, as long as it is kept."""
        if event.alarm is None or event.kind == "alarm_off":
            return None
        try:
            return self._evidence.file(event.alarm.id, "annotated.jpg").read_bytes()
        except FileNotFoundError:
            return None


def _outlet(config: OutletConfig, site: Site, outbox: Outbox) -> Outlet:
    match config.kind:
        case "webhook":
            return Webhook(config.options)
        case "mqtt":
            cameras = [(camera.id, camera.name) for camera in site.cameras]
            return Mqtt(config.name, config.options, cameras, outbox.told(config.name))
        case "hikvision":
            return Hikvision(config.options, [camera.id for camera in site.cameras])
        case "syslog":
            return Syslog(config.options)
        case "mail":
            return Mail(config.options)


def _insist(do: Callable[[], Value], stopped: threading.Event) -> Value | None:
    """What `do` returns, which is done again while the disk has trouble; None where it had until the stop."""
    while True:
        try:
            return do()
        except (StoreError, sqlite3.Error) as error:
            _LOG.error("outbox: %s", error)
            if stopped.wait(_NO_DISK_S):
                return None


def _tell_given_up(deliveries: int | None) -> None:
    if deliveries:
        _LOG.error("outbox: %d deliveries were given up", deliveries)


def _fault(error: Exception) -> str:
    """Where something went wrong that nobody thought of; not its text, which may hold secrets."""
    (last,) = traceback.extract_tb(error.__traceback__, limit=-1)
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
