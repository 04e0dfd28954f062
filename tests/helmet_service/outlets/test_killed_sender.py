"""Nothing that was recorded is lost when the process is killed, however the receiver behaves meanwhile."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from helmet_service.alarms.outbox import Outbox
from tests.helmet_service.outlets.receivers import http_receiver
from tests.helmet_service.outlets.sites import until

COUNT, KILLS = 200, 20


@pytest.mark.slow
def test_every_event_arrives_in_its_order_over_many_kills(tmp_path, root):
    chance = random.Random(26)

    def moody(_request):
        """Answers mostly, fails sometimes, and now and then answers when the process is long dead."""
        mood = chance.random()
        if mood < 0.02:
            time.sleep(1)
        return (503 if mood > 0.98 else 200), {}

    with http_receiver(moody) as (url, came):
        arguments = [str(tmp_path), url, str(COUNT), str(KILLS)]
        command = [sys.executable, "-m", "tests.helmet_service.outlets.killed_sender", *arguments]
        with subprocess.Popen(command, cwd=root) as process:
            until(lambda: [(each.waiting, each.done) for each in Outbox(tmp_path).counts()] == [(0, COUNT)], 120)
            process.kill()
    ids = [request.headers["webhook-id"] for request in came]
    assert list(dict.fromkeys(ids)) == [f"01K5T{number:021d}" for number in range(COUNT)]
    assert all(after >= before for before, after in pairwise(ids))
