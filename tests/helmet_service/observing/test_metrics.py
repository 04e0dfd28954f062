from __future__ import annotations

import os

import pytest

from helmet_service.observing.metrics import BYTES_A_WORKER, make_files


def test_other_workers_never_see_a_file_without_its_size(monkeypatch, tmp_path):
    visible, allocate = [], os.posix_fallocate

    def look_and_allocate(*arguments):
        visible.extend(path.stat().st_size for path in tmp_path.glob("*.db"))
        allocate(*arguments)

    monkeypatch.setattr(os, "posix_fallocate", look_and_allocate)
    make_files(tmp_path)
    assert min(visible) > 0
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == BYTES_A_WORKER


def test_counts_of_an_ended_worker_with_the_same_number_stay(tmp_path):
    counts = tmp_path / f"counter_{os.getpid()}.db"
    counts.write_bytes(b"counted")
    make_files(tmp_path)
    assert counts.read_bytes() == b"counted"


def test_without_room_nothing_is_left(monkeypatch, tmp_path):
    def full(descriptor, offset, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        make_files(tmp_path)
    assert list(tmp_path.iterdir()) == []
