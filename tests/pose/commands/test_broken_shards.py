from __future__ import annotations

import pytest

from helmet_service.__main__ import main as helmet_service
from pose.__main__ import main as pose
from pose.data.shards import read_shard
from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint, save_checkpoint
from pose.train.networks.layout import layout
from tests.pose.shard_files import BROKEN

KINDS = ("a cut gzip file", "no labels", "a picture that is none", "broken JSON", "a list", "normalised keypoints")
FPN = {"widths": [8] * 5, "blocks": [1] * 4, "neck": 8, "head": 8}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.pt"
    save_checkpoint(path, Checkpoint("fpn", layout(heads=True), build("fpn", 62, **FPN).state_dict(), FPN))
    return path


def training(shard):
    options = [f"--network.options={FPN}", "--loop.steps=1", "--loop.threads=1", f"--folder={shard.parent / 'run'}"]
    return pose(["train", *options, f"--data.sources=['shard:{shard}']", f"--data.cache={shard.parent / 'cache'}"])


TOOLS = {
    "evaluate": lambda shard, _: pose(["evaluate", "--data", str(shard)]),
    "data check": lambda shard, _: pose(["data", "check", str(shard)]),
    "train": lambda shard, _: training(shard),
    "bench": lambda shard, _: pose(["bench", "--rounds", "1", "--seconds", "0.01", "--data", str(shard)]),
    "export": lambda shard, checkpoint: pose(
        ["export", str(checkpoint), "--out", str(shard.parent / "out"), "--check", str(shard)]
    ),
    "prune": lambda shard, checkpoint: pose(
        ["prune", str(checkpoint), "out.pt", "--data", str(shard), "--width=8", "--branch=8", "--blocks=1"]
    ),
    "bench of verdicts": lambda shard, _: helmet_service(["bench", str(shard)]),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_says_the_same_line(tmp_path, capsys, checkpoint, tool):
    for number, kind in enumerate(KINDS):
        shard = tmp_path / f"{number}.tar"
        shard.write_bytes(BROKEN[kind][0])
        with pytest.raises(ValueError) as expected:  # noqa: PT011  tests/pose/data/test_shards.py has the texts
            list(read_shard(shard))
        assert TOOLS[tool](shard, checkpoint) == 1
        assert capsys.readouterr().err.endswith(f"error: {expected.value}\n")
