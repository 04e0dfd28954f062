import json
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import fields
from io import BytesIO
from pathlib import Path

import cv2
import pytest
import torch
import yaml

import pose
from pose.__main__ import main
from pose.train.config import TrainConfig
from pose.train.configuration import plain, read_configuration
from pose.train.networks.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pose.train.networks.layout import layout
from pose.train.run import rebuild
from tests.pose.people import standing
from tests.pose.train.made_up import smooth

TINY = {
    "network": {"name": "fpn", "options": {"widths": [8, 8, 8, 8, 8], "blocks": [1, 1, 1, 1], "neck": 8, "head": 8}},
    "crops": [{"size": 64, "batch": 2}],
    "loop": {"steps": 6, "learning_rate": 0.01, "warm_up_steps": 1, "log_steps": 1, "threads": 1, "save_minutes": None},
}


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    """Two pictures of one labelled person each."""
    path = tmp_path_factory.mktemp("data") / "tiny.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(2):
            add_picture(tar, f"tiny-{number}", number)
    return path


def add_picture(tar, name, seed):
    keypoints = pose.skeleton.to_coco(standing(48, 20, 5))
    labels = {
        "width": 96,
        "height": 96,
        "people": [{"keypoints": keypoints.tolist(), "source": "human", "box": [20, 10, 50, 80]}],
        "people_complete": True,
        "ignore": [],
        "heads": [{"box": [40, 10, 16, 18], "kind": "helmet"}],
        "heads_complete": True,
        "boxes": "whole head",
    }
    encoded = cv2.imencode(".png", smooth(96, 96, seed))[1].tobytes()
    for suffix, content in ((".png", encoded), (".json", json.dumps(labels).encode())):
        member = tarfile.TarInfo(name + suffix)
        member.size = len(content)
        tar.addfile(member, BytesIO(content))


def written(folder, shard):
    """A configuration in this folder of a run in this folder."""
    values = {
        **TINY,
        "folder": str(folder / "run"),
        "data": {"sources": [f"shard:{shard}"], "cache": str(folder / "cache")},
        "evaluation": {"data": [str(shard)], "pictures": 2, "height": 96, "best": "heads_found"},
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


@pytest.fixture
def configuration(tmp_path, shard):
    return written(tmp_path, shard)


@pytest.fixture(scope="module")
def begun(tmp_path_factory, shard):
    """The folder of a run of one step."""
    folder = tmp_path_factory.mktemp("begun")
    assert main(["train", "-c", str(written(folder, shard)), "--loop.steps", "1"]) == 0
    return folder / "run"


def curves(folder):
    return [json.loads(line) for line in (folder / "curves.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_a_run_leaves_falling_curves_scores_and_a_checkpoint_that_can_be_evaluated(
    tmp_path, shard, configuration, capsys
):
    assert main(["train", "-c", str(configuration), "--loop.steps", "12"]) == 0
    losses = [row["losses"]["loss"] for row in curves(tmp_path / "run") if "losses" in row]
    assert len(losses) == 12
    assert min(losses[-3:]) < 0.7 * losses[0]
    scores = [row["scores"] for row in curves(tmp_path / "run") if "scores" in row]
    assert {"AP", "heads_found", "ghosts_per_100"} <= set(scores[-1])
    checkpoint = tmp_path / "run" / "best.pt"
    assert load_checkpoint(checkpoint).facts["configuration"]["loop"]["steps"] == 12
    capsys.readouterr()
    assert main(["evaluate", "--data", str(shard), "--checkpoint", str(checkpoint), "--height", "96", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["height"] == 96


def test_a_run_goes_on_where_it_was_left(tmp_path, configuration):
    for steps in ("2", "4"):
        # The rate follows the share of the run that is behind it: without a cosine both begin alike.
        rate = ["--loop.final_learning_rate", "1.0"]
        assert main(["train", "-c", str(configuration), "--loop.steps", steps, *rate]) == 0
    resumed = [row["losses"]["loss"] for row in curves(tmp_path / "run") if "losses" in row]
    assert (
        main(["train", "-c", str(configuration), "--folder", str(tmp_path / "whole"), "--loop.steps", "4", *rate]) == 0
    )
    whole = [row["losses"]["loss"] for row in curves(tmp_path / "whole") if "losses" in row]
    assert resumed == pytest.approx(whole, rel=1e-6)


@pytest.mark.slow
def test_a_run_that_goes_on_tells_what_it_is_told_otherwise(configuration, capsys):
    def told(*arguments):
        assert main(["train", "-c", str(configuration), *arguments]) == 0
        return [line for line in capsys.readouterr().out.splitlines() if "another configuration" in line]

    assert told("--loop.steps", "1") == []
    assert told("--loop.steps", "1") == []
    assert told("--loop.steps", "2", "--loop.learning_rate", "0.02", "--crops", "[{size: 64, batch: 4}]") == [
        'from step 1 on with another configuration: crops: [{"size": 64, "batch": 2}] -> [{"size": 64, "batch": 4}]; '
        "loop.steps: 1 -> 2; loop.learning_rate: 0.01 -> 0.02"
    ]


def test_a_run_starts_from_given_weights(tmp_path, configuration, begun):
    start = begun / "best.pt"
    second = [
        "--folder",
        str(tmp_path / "second"),
        "--network.start",
        str(start),
        "--network.heads",
        "false",
        "--loop.steps",
        "1",
    ]
    assert main(["train", "-c", str(configuration), *second, "--loop.learning_rate", "1e-9"]) == 0
    before, after = load_checkpoint(start), load_checkpoint(tmp_path / "second" / "best.pt")
    assert after.layout.channels == 57
    torch.testing.assert_close(after.weights["out.weight"], before.weights["out.weight"][:57], rtol=1e-4, atol=1e-6)


def test_targets_are_as_broad_as_told_and_the_checkpoint_tells_it(tmp_path, configuration):
    heatmaps = []
    for sigma in ([3.5, 7.0], [7.0, 7.0]):
        folder = tmp_path / f"sigma-{sigma[0]}"
        told = ["--targets.sigma", str(sigma), "--folder", str(folder), "--loop.steps", "1"]
        assert main(["train", "-c", str(configuration), *told]) == 0
        heatmaps += [row["losses"]["heatmaps"] for row in curves(folder) if "losses" in row]
        assert load_checkpoint(folder / "best.pt").facts["configuration"]["targets"]["sigma"] == sigma
    assert heatmaps[1] > heatmaps[0]


CONFIGURATIONS = Path(__file__).parents[3] / "configs"
HARDER_VIEWS = CONFIGURATIONS / "harder_views.yaml"
OWN = ["--folder", "run", "--data.sources", "[shard:site.tar]", "--loop.minutes", "1"]


@pytest.mark.parametrize("path", sorted({*CONFIGURATIONS.iterdir()} - {HARDER_VIEWS}), ids=lambda path: path.stem)
def test_a_configuration_that_is_given_away_fits_its_network(path):
    config = read_configuration(TrainConfig, ["-c", str(path), *OWN], "train")
    with torch.device("meta"):
        rebuild(plain(config))
    assert path.stem == config.network.name


def test_harder_views_are_laid_over_a_network_and_leave_it_as_it_is():
    network = ["-c", str(CONFIGURATIONS / "lightweight_fine.yaml"), *OWN]
    plain, harder = (
        read_configuration(TrainConfig, [*network, *more], "train") for more in ([], ["-c", str(HARDER_VIEWS)])
    )
    names = [field.name for field in fields(plain.augment)]
    assert (harder.network, harder.loss, harder.loop) == (plain.network, plain.loss, plain.loop)
    changed = [name for name in names if getattr(harder.augment, name) != getattr(plain.augment, name)]
    assert changed == ["scale_people", "tilt", "rotate", "face_shield", "haze", "glare", "dusk"]


def test_a_frozen_part_ends_as_it_began(tmp_path, configuration, begun):
    start = begun / "best.pt"
    told = ["--loop.steps", "2", "--network.start", str(start), "--network.learning_rates", '{"stem": 0, "c2": 0.5}']
    assert main(["train", "-c", str(configuration), "--folder", str(tmp_path / "second"), *told]) == 0
    before, after = (load_checkpoint(path).weights for path in (start, tmp_path / "second" / "best.pt"))
    moved = {name.split(".")[0] for name, weights in before.items() if not torch.equal(weights, after[name])}
    assert moved == {name.split(".")[0] for name in before} - {"stem"}


def test_a_teacher_is_distilled_beside_the_labels(root, tmp_path, configuration):
    assert main(["train", "-c", str(configuration), "--teacher.model", str(root / "model"), "--loop.steps", "1"]) == 0
    [row] = [row for row in curves(tmp_path / "run") if "losses" in row]
    assert row["losses"]["teacher"] > 0


PPN = ["--network.name", "ppn", "--network.options", "{width: 0.125}"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--loop.step", "3"], r"did you mean --loop\.steps\?"),
        (["--augment.flip.probability", "1.5"], r"augment\.flip\.probability: expected 0\.\.1, got 1\.5"),
        (
            ["--targets.sigma", "[7, 3]"],
            r"targets\.sigma: expected pixels above 0, the lower bound first, got 7\.0, 3\.0",
        ),
        (["--network.learning_rates", '{"trunk": 0.1}'], r"learning_rates: expected some of stem, c2, .*, got trunk"),
        (["--crops", "[{sise: 64}]"], "command line: .*crops.*sise"),
        (["--network.name", "resnet"], "network: expected one of fpn, .*, got resnet"),
        (PPN, r"network\.heads: expected false for ppn, which has no fields, got true"),
        (
            [*PPN, "--network.heads", "false", "--teacher.model", "model"],
            r"teacher\.model: expected null for ppn, which has no fields to distil, got model",
        ),
        (["--data.sources", '["shard:missing.tar"]'], r"missing\.tar"),
        (["--crops", "[{size: 30, batch: 1}]"], "sizes: expected multiples of 32"),
        (["--network.options", '{"widths": 3}'], "options: fpn expected values of other types, got {'widths': 3}"),
        (["--data.sources", '["shard:pyproject.toml"]'], r"pyproject\.toml: expected a tar or zip file"),
        (["--evaluation.height", "100"], "expected a multiple of 32"),
    ],
)
def test_what_cannot_be_is_said(configuration, capsys, arguments, complaint):
    assert main(["train", "-c", str(configuration), *arguments]) == 1
    assert re.search(complaint, capsys.readouterr().err)


def test_a_typo_in_a_list_names_its_place_and_the_nearest_key(tmp_path, configuration, capsys):
    typo = tmp_path / "typo.yaml"
    typo.write_text("crops: [{size: 64, batch: 2}, {size: 64, bach: 2}]")
    assert main(["train", "-c", str(configuration), "-c", str(typo)]) == 1
    assert "typo.yaml: crops[1].bach: unknown key; did you mean crops[1].batch?" in capsys.readouterr().err


def test_a_wrong_name_of_the_best_score_costs_no_steps(tmp_path, configuration, capsys):
    assert main(["train", "-c", str(configuration), "--loop.steps", "1", "--evaluation.best", "APP"]) == 1
    assert re.search("best: expected one of AP, .*, got APP", capsys.readouterr().err)
    assert torch.load(tmp_path / "run" / "state.pt")["step"] == 1


def test_the_weights_of_another_network_are_refused(tmp_path, configuration, capsys):
    save_checkpoint(tmp_path / "other.pt", Checkpoint("tiny_vgg", layout(heads=True, stride=8), {}))
    assert main(["train", "-c", str(configuration), "--network.start", str(tmp_path / "other.pt")]) == 1
    assert "network.start: expected a checkpoint of fpn, got one of tiny_vgg" in capsys.readouterr().err


def test_a_run_does_not_go_on_with_another_optimizer(tmp_path, configuration, begun, capsys):
    shutil.copytree(begun, tmp_path / "run")
    assert main(["train", "-c", str(configuration), "--loop.steps", "2", "--loop.optimizer", "sgd"]) == 1
    assert "optimizer adamw, but sgd is configured" in capsys.readouterr().err


@pytest.mark.slow
def test_two_processes_train_one_network(tmp_path, configuration, root):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command = [*torchrun, "-m", "pose", "train", "-c", str(configuration), "--loop.steps", "2"]
    ran = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    assert ran.stdout.count("done: ") == 1
    assert [row["step"] for row in curves(tmp_path / "run") if "losses" in row] == [1, 2]
    assert (tmp_path / "run" / "best.pt").is_file()


def test_features_without_a_teacher_are_let_be(tmp_path, configuration):
    features = '{"a layer": 8}'
    assert main(["train", "-c", str(configuration), "--teacher.features", features, "--loop.steps", "1"]) == 0
    [row] = [row for row in curves(tmp_path / "run") if "losses" in row]
    assert "features" not in row["losses"]


def test_features_of_a_model_of_our_own_are_refused(root, configuration, capsys):
    own = ["--teacher.model", str(root / "model"), "--teacher.features", '{"a layer": 8}']
    assert main(["train", "-c", str(configuration), *own, "--loop.steps", "1"]) == 1
    assert "teacher.features: expected none of a model of this project's own, got a layer" in capsys.readouterr().err
