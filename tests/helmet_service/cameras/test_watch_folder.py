"""The files that the watch and the servers share, as they are and as a crash or a hand leaves them."""

from __future__ import annotations

import json

import pytest

from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from helmet_service.cameras.zones import WHOLE_PICTURE, Zone

GATE = KnownCamera("gate", "Gate", "push", "", 1.0, "always")
STATE = CameraState("gate", 5.0, "live", 1.0, picture=(64, 48), people=[], still=[])
YARD = Zone("yard", "helmet", ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5)), 0.1)


@pytest.fixture
def folder(tmp_path):
    return WatchFolder(tmp_path / "watch")


def told(folder):
    return folder.cameras(), folder.state("gate"), folder.zones("gate")


def written(folder):
    """Paths of the files of cameras, states and zones."""
    folder.publish([GATE])
    folder.write_state(STATE)
    folder.set_zones("gate", [YARD])
    return [folder.path / name for name in ("site.json", "now/gate/state.json", "zones/gate.json")]


def test_what_is_written_is_read(folder):
    assert told(folder) == ([], None, [])
    written(folder)
    assert told(folder) == ([GATE], STATE, [YARD])


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"null", b"[]", b"\xff", b'{"cameras": 1, "zones": 1}', b'{"cameras": [{}], "zones": [{}]}'),
        json.dumps({"zones": [{"name": "", "rule": "secret", "points": [], "min_person": 0}]}).encode(),
        json.dumps({"zones": [{"name": "", "rule": "helmet", "points": [[0, 1, 2]], "min_person": 0}]}).encode(),
        json.dumps({"zones": [{"name": "", "rule": "helmet", "points": [[0, "1"]], "min_person": 0}]}).encode(),
        b'{"zones": [{"name": "", "rule": "helmet", "points": [[0, NaN]], "min_person": 0}]}',
    ],
)
def test_damaged_files_are_on_the_safe_side_until_they_are_written_again(folder, content, caplog):
    for path in written(folder):
        path.write_bytes(content)
    for _ in range(2):
        assert told(folder) == ([], None, [Zone("unreadable", "blurred", WHOLE_PICTURE.points)])
    assert len(caplog.records) == 3
    written(folder)
    assert told(folder) == ([GATE], STATE, [YARD])


def test_a_pushed_frame_is_taken_once_and_lies_about_no_longer(folder):
    folder.push("gate", b"first")
    folder.push("gate", b"second")
    assert [folder.take_pushed("gate"), folder.take_pushed("gate")] == [b"second", None]
    assert list((folder.path / "now" / "gate").iterdir()) == []


def test_what_cannot_be_put_in_place_leaves_nothing(folder):
    (folder.path / "now" / "gate" / "frame.jpg" / "in the way").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        folder.write_frame("gate", b"jpeg")
    assert [each.name for each in (folder.path / "now" / "gate").iterdir()] == ["frame.jpg"]
