"""Processes that record numbered events and send them to a webhook, and are killed: `FOLDER URL COUNT KILLS`."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from helmet_service.alarms.outbox import Outbox
from helmet_service.outlets.sender import Senders
from tests.helmet_service.outlets.events import EVENTS
from tests.helmet_service.outlets.sites import record, site


def send(folder: Path, url: str, count: int) -> None:
    """Go on where the last process was killed."""
    recorded = sum(each.waiting + each.done for each in Outbox(folder).counts())
    senders = Senders(site(hook=("webhook", {"url": url})), folder)
    senders.start()
    for number in range(recorded, count):
        record(folder, [replace(EVENTS[number % len(EVENTS)], id=f"01K5T{number:021d}")], ["hook"])
        senders.wake()
        time.sleep(0.01)  # without, nobody else would get hold of the database
    threading.Event().wait()


def main(folder: Path, url: str, count: int, kills: int) -> None:
    """The last process is not killed."""
    chance = random.Random(26)
    for _ in range(kills):
        process = os.fork()
        if process == 0:
            send(folder, url, count)
        time.sleep(chance.uniform(0, 0.5))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    send(folder, url, count)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
