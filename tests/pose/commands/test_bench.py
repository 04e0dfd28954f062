from __future__ import annotations

import json

import pytest

from pose.__main__ import main
from pose.runtimes import driver_is_there
from tests.pose.labelled import as_label, portrait, with_labels, write_shard

QUICK = ["--rounds", "1", "--seconds", "0.01", "--size", "96x64"]


def bench(capsys, *arguments):
    assert main(["bench", *QUICK, *arguments]) == 0
    *table, line = capsys.readouterr().out.splitlines()
    return table, json.loads(line)


@pytest.mark.slow
def test_every_combination_is_a_row(capsys):
    ways = ["--runtime", "openvino", "onnx", "--precision", "f32", "bf16", "--batch", "1", "2", "--streams", "1"]
    table, answer = bench(capsys, *ways)
    assert len(answer["rows"]) == 2 * 2 + 2  # ONNX Runtime has no bf16
    assert len(table) == 2 + len(answer["rows"])
    assert {row["precision"] for row in answer["rows"] if row["runtime"] == "onnx"} == {"f32"}
    assert all(row["pictures_per_second"] > 0 and row["ms_per_run"] > 0 for row in answer["rows"])
    _, answer = bench(capsys, "--precision", "f32", "--batch", "1", "--streams", "1", "2")
    assert [row["streams"] for row in answer["rows"]] == [1, 2]


def test_accuracy_stands_beside_speed(capsys, root, estimator, tmp_path):
    picture = portrait(root)
    people = [as_label(person) for person in estimator(picture.pixels).people]
    shard = write_shard(tmp_path / "one.tar", [with_labels(picture, people=people, people_complete=True)])
    _, answer = bench(capsys, "--size", "512x384", "--data", str(shard), "--picture", str(root / "model/warmup.jpg"))
    assert answer["rows"][0]["AP"] == pytest.approx(100)


@pytest.mark.skipif(driver_is_there(), reason="this machine has NVIDIA's driver")
def test_a_gpu_that_is_not_there_is_one_line(capsys):
    assert main(["bench", *QUICK, "--runtime", "cuda", "--batch", "1", "8"]) == 1
    assert capsys.readouterr().err == "error: cuda: expected an NVIDIA GPU with its driver (libcuda.so.1), got none\n"


@pytest.mark.parametrize("size", ["672", "672x380", "x384", "axb"])
def test_a_size_that_no_network_takes_is_refused(size, capsys):
    with pytest.raises(SystemExit):
        main(["bench", "--size", size])
    assert f"expected WxH in steps of 32, got {size}" in capsys.readouterr().err


def test_a_picture_that_is_none_is_one_line(capsys, root):
    assert main(["bench", *QUICK, "--picture", str(root / "README.md")]) == 1
    assert capsys.readouterr().err.startswith("error: --picture: expected a picture, got ")
