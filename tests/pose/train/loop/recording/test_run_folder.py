import json

import pytest
import yaml

from pose.train.loop.recording.run_folder import RunFolder, replace


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path):
    path = tmp_path / "state.pt"
    path.write_text("old")

    def break_off(temporary):
        temporary.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(path, break_off)
    assert path.read_text() == "old"
    replace(path, lambda temporary: temporary.write_text("new"))
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.pt"]


def test_a_session_says_who_trains_what(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.open_session({"width": 4}, 0)
    folder.open_session({"width": 5}, 7)
    sessions = [json.loads(line) for line in (folder.path / "sessions.jsonl").read_text().splitlines()]
    assert [(session["from_step"], session["configuration"]) for session in sessions] == [
        (0, {"width": 4}),
        (7, {"width": 5}),
    ]
    assert {"git_commit", "git_changes", "started", "command", "machine", "python", "gpu"} < set(sessions[0])
    assert "torch" in sessions[0]["versions"]
    assert yaml.safe_load((folder.path / "configuration.yaml").read_text()) == {"width": 5}


def test_rows_after_the_resumed_step_and_torn_ones_are_dropped(tmp_path):
    folder = RunFolder(tmp_path)
    for step in (1, 2, 3):
        folder.add_row({"step": step})
    with folder.curves.open("a") as file:
        file.write('{"step": 4, "los')
    assert [row["step"] for row in folder.read_curves()] == [1, 2, 3]
    folder.open_session({}, 2)
    folder.add_row({"step": 3})
    assert [row["step"] for row in folder.read_curves()] == [1, 2, 3]
