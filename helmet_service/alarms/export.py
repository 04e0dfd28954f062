"""False alarms -> a shard of labelled pictures for `python -m pose train` (docs/alarms.md)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path, PurePosixPath

import cv2

from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.store import AlarmStore
from helmet_service.alarms.training_picture import LeftOut, TrainingPicture, training_picture
from pose.data.shard_writing import new_shard
from pose.data.shards import decoded


def export(store: AlarmStore, out: Path, since: float = 0.0) -> Counter[str]:
    """Write what false alarms teach that were told from a time on, in seconds since 1970.

    Returns how many taught what, or why not. Raises ValueError where none teaches anything: nothing is written then.
    """
    told: Counter[str] = Counter()
    with new_shard(out) as add:
        for alarm in store.false_alarms(since):
            taught = _taught(store, alarm.id, alarm.acknowledged)
            if isinstance(taught, TrainingPicture):
                name = PurePosixPath(alarm.camera, f"{alarm.id}.png")
                add(name, cv2.imencode(".png", taught.pixels)[1].tobytes(), taught.labels)
                told["a helmeted head" if taught.labels.heads else "nobody there"] += 1
            else:
                told[f"left out: {taught}"] += 1
        if all(what.startswith("left out") for what in told):
            reasons = ", ".join(f"{count} {what}" for what, count in told.items()) or "none"
            raise ValueError(f"false alarms: expected some that teach something, got {reasons}")
    return told


def _taught(store: AlarmStore, alarm: str, said: Acknowledgement | None) -> TrainingPicture | LeftOut:
    picture, facts = store.evidence_file(alarm, "picture.jpg"), store.evidence_file(alarm, "alarm.json")
    if picture is None or facts is None or said is None:
        return "no picture"
    pixels = decoded(picture.read_bytes(), str(picture))
    return training_picture(pixels, json.loads(facts.read_text()), said.reason or "other")
