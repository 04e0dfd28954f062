from __future__ import annotations

import json
import shutil

import pytest

from helmet_service.__main__ import main
from tests.helmet_service.check.archives import (
    mixed_archive,
    read_lines,
    request_of,
    sample_hats,
    without_timings,
    write_lines,
)


@pytest.fixture(scope="module")
def archive(root, tmp_path_factory):
    """A folder with `gates` and `hats.jsonl`, and what is asked of each picture in it."""
    folder = tmp_path_factory.mktemp("archive")
    return folder, mixed_archive(root, folder)


@pytest.fixture(scope="module")
def checked(archive, tmp_path_factory):
    """The exit status and the file of lines of a check of the archive."""
    folder, _ = archive
    out = tmp_path_factory.mktemp("out") / "lines.jsonl"
    status = main(["check", str(folder / "gates"), "--hats", str(folder / "hats.jsonl"), "--out", str(out)])
    return status, out


def test_each_picture_has_the_line_that_a_client_would_be_answered(archive, checked, client):
    _, pictures = archive
    status, out = checked
    lines = read_lines(out.read_text())
    assert [line["id"] for line in lines] == list(pictures)
    failed = set()
    for line, (name, (picture, fields)) in zip(lines, pictures.items(), strict=True):
        answer = client.post("/v1/compliance", json=request_of(picture, fields or {}, name))
        if answer.status_code == 200:
            assert line == without_timings(answer.json)
        else:
            failed.add(name)
            (error,) = answer.json["errors"]
            text = f"{error['field']}: expected {error['expected']}, got {error['got']}"
            assert line == {"id": name, "error": text}
    without_hats = {"forgotten.jpg", "8.jpg"}
    sees_hats = client.get("/v1/info").json["model"]["sees_hats"]
    assert failed == {"broken.jpg", "7.jpg"} | (set() if sees_hats else without_hats)
    assert status == 1


def test_lines_go_to_stdout_and_what_came_of_it_to_stderr(root, tmp_path, capsys):
    hats = {"picture": "site_two.jpg", "hats": sample_hats(root, "site_two.jpg")}
    lines = write_lines(tmp_path / "hats.jsonl", [hats, {"picture": "nobody.jpg", "hats": []}])
    picture = str(root / "samples" / "site_two.jpg")
    drawn = tmp_path / "drawn.jpg"
    assert main(["check", picture, "--hats", str(lines), "--threads", "1", "--draw", str(drawn)]) == 0
    assert drawn.read_bytes().startswith(b"\xff\xd8\xff")
    told = capsys.readouterr()
    (answer,) = read_lines(told.out)
    assert "annotated" not in answer
    assert answer["summary"] == {"people": 2, "helmet": 1, "no_helmet": 1, "unknown": 0, "compliant": False}
    assert "1 pictures in" in told.err
    assert "2 people, 1 helmet, 1 no_helmet, 0 unknown" in told.err
    assert "1 lines name no picture of the archive; the first: nobody.jpg" in told.err
    assert "could not be checked" not in told.err


def test_a_check_that_was_cut_off_goes_on_where_it_ended(archive, checked, tmp_path, capsys):
    folder, pictures = archive
    whole = checked[1].read_text()
    cut_off = tmp_path / "lines.jsonl"
    cut_off.write_text(whole[: len(whole) - len(whole.splitlines()[-1]) // 2])
    order = ["check", str(folder / "gates"), "--hats", str(folder / "hats.jsonl"), "--out", str(cut_off)]
    assert main(order) == 1
    assert "--resume" in capsys.readouterr().err
    assert main([*order, "--resume"]) == 0
    assert read_lines(cut_off.read_text()) == read_lines(whole)
    assert "1 pictures in" in capsys.readouterr().err
    assert main([*order, "--resume"]) == 0
    assert "0 pictures in" in capsys.readouterr().err
    assert len(cut_off.read_text().splitlines()) == len(pictures)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([{"id": "broken.jpg"}, {"id": "another.jpg"}], "expected forgotten.jpg in line 2, got another.jpg"),
        ([{"id": "x"}] * 9, "expected no more lines than pictures, got 1 more"),
        ([3], "expected lines of an earlier check"),
    ],
)
def test_nothing_is_added_to_lines_of_another_check(archive, tmp_path, capsys, lines, complaint):
    folder, pictures = archive
    if len(lines) > len(pictures):
        lines = [{"id": name} for name in pictures] + [{"id": "x"}]
    out = write_lines(tmp_path / "lines.jsonl", lines)
    before = out.read_text()
    assert main(["check", str(folder / "gates"), "--out", str(out), "--resume"]) == 1
    assert complaint in capsys.readouterr().err
    assert out.read_text() == before


def test_what_cannot_be_begun_is_one_line(archive, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MODEL_DIR", str(tmp_path / "no-model"))
    assert main(["check", str(archive[0] / "gates")]) == 1
    monkeypatch.setenv("INPUT_HEIGHT", "7")
    assert main(["check", str(archive[0] / "gates")]) == 1
    monkeypatch.delenv("INPUT_HEIGHT")
    assert main(["check", str(tmp_path / "no-pictures")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line[:7] for line in lines] == ["error: "] * 3
    for line, named in zip(lines, ("no-model", "INPUT_HEIGHT", "no-pictures"), strict=True):
        assert named in line


def test_limits_are_those_of_the_service(root, tmp_path, capsys, monkeypatch):
    shutil.copy(root / "samples" / "site_two.jpg", tmp_path / "1.jpg")
    hats = write_lines(tmp_path / "hats.jsonl", [{"picture": "1.jpg", "hats": [{"left": 1}] * 3}])
    monkeypatch.setenv("MAX_HATS", "2")
    assert main(["check", str(tmp_path / "1.jpg"), "--hats", str(hats)]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "id": "1.jpg",
        "error": "hats: expected a list of at most 2, got a list of 3",
    }
