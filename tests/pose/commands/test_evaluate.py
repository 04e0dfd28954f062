import json

import pytest
import torch

from pose.__main__ import main
from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint, save_checkpoint
from pose.train.networks.layout import layout
from tests.pose.labelled import as_label, portrait, with_labels, write_shard


@pytest.fixture(autouse=True)
def _no_peers(monkeypatch):
    monkeypatch.delenv("PEERS_DIR", raising=False)


@pytest.fixture(scope="module")
def shard(root, estimator, tmp_path_factory):
    picture = portrait(root)
    people = [as_label(person) for person in estimator(picture.pixels).people]
    pictures = [with_labels(picture, people=people, people_complete=True)]
    return write_shard(tmp_path_factory.mktemp("shard") / "one.tar", pictures)


def test_json_is_one_object_on_the_last_line(shard, capsys):
    assert main(["evaluate", "--data", str(shard), str(shard), "--json"]) == 0
    values = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert values["AP"] == pytest.approx(100)
    assert {"AP50", "AP75", "AR", "ms_per_picture", "network_ms", "precision"} <= set(values)
    assert (values["pictures"], values["height"]) == (2, 384)
    assert values["people"] >= 2
    assert "peers" not in values


def test_the_table_has_intervals(shard, capsys):
    assert main(["evaluate", "--data", str(shard), "--height", "64", "--flip", "--scales", "1", "1.5"]) == 0
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("| 1 pictures, ")
    assert "height 64" in head
    assert rows[0].startswith("| AP | ")
    assert all(row.count("|") == 3 for row in rows)
    assert "[" in rows[0]


def test_a_checkpoint_is_measured_without_an_export(shard, tmp_path, capsys):
    fields = layout(heads=True)
    narrow = {"widths": [8] * 5, "blocks": [1] * 4, "neck": 8, "head": 8}
    torch.manual_seed(0)
    network = build("fpn", fields.channels, **narrow)
    save_checkpoint(tmp_path / "best.pt", Checkpoint("fpn", fields, network.state_dict(), narrow))
    arguments = ["--checkpoint", str(tmp_path / "best.pt"), "--height", "64", "--threads", "1", "--json"]
    assert main(["evaluate", "--data", str(shard), *arguments]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["model"] == "fpn best.pt"
    assert values["AP"] == 0


def test_a_folder_without_peers_is_an_error(shard, tmp_path, capsys):
    assert main(["evaluate", "--data", str(shard), "--peer", str(tmp_path)]) == 1
    assert "expected a network that pose/peers/ describes" in capsys.readouterr().err


def test_int8_of_a_model_without_it_is_an_error(root, shard, tmp_path, capsys):
    for name in ("pose.onnx", "warmup.jpg"):
        (tmp_path / name).symlink_to(root / "model" / name)
    description = json.loads((root / "model" / "pose.json").read_text()) | {"int8": None, "files": {}}
    (tmp_path / "pose.json").write_text(json.dumps(description))
    assert main(["evaluate", "--data", str(shard), "--model", str(tmp_path), "--precision", "int8"]) == 1
    assert "pose.json: expected an int8 network, got none" in capsys.readouterr().err
