"""Whatever moment the process is killed in, what it recorded is kept, and no alarm lacks its pictures."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from helmet_service.alarms.outbox import Outbox
from helmet_service.alarms.store import AlarmStore
from tests.helmet_service.alarms.kept import NOW


@pytest.mark.slow
def test_killed_at_any_moment_it_has_told_and_kept_all_that_it_recorded(root, tmp_path):
    store, outbox = AlarmStore(tmp_path), Outbox(tmp_path)
    recorded, random_ = 0, random.Random(1)
    for _ in range(5):
        command = [sys.executable, "-m", "tests.helmet_service.alarms.recording", str(tmp_path), str(recorded + 1)]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
            for _ in range(random_.randint(1, 8)):
                recorded = int(process.stdout.readline())
            process.kill()
            recorded = max([recorded, *map(int, process.stdout.read().split())])
        kept, _ = store.alarms(limit=100)
        assert all(store.evidence_file(alarm.id, "alarm.json") for alarm in kept)
        assert kept[0].id[-9:] >= f"{recorded:09d}"
    told = set()
    while (delivery := outbox.next("hook", NOW)) is not None:
        told.add(int(delivery.event.id[-9:]))
        outbox.done(delivery)
    assert set(range(1, recorded + 1)) <= told
