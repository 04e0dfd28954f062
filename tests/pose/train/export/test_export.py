import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

import pose
from pose.estimation.decode import Grouping
from pose.estimation.decoder import FieldDecoder
from pose.estimation.joining import Joining
from pose.estimation.model import ModelError, read_model, verify
from pose.estimation.second_look import SecondLook
from pose.train.export.export import Plan, export
from pose.train.export.network_files import ExportError
from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint
from pose.train.networks.layout import layout
from tests.pose.labelled import as_label, portrait, with_labels

NARROW = {"width": 1 / 8}
SPEC = layout(heads=True, stride=8)
DECODER = FieldDecoder(SPEC, Grouping(0.7, 0.08, 0.05, 0.8, 3, 5, 0.2))
JOINING = Joining(peak=0.1, constant=-7.0, skeleton=8.0, head=8.0, person=0.3)
SECOND_LOOK = SecondLook(0.06, 0.97, 32.0, 12.0, 8.0, -5.0, 1.0, 2.0, 3.0, 4.0, 0.5)


@pytest.fixture(scope="module")
def checkpoint():
    torch.manual_seed(0)
    facts = {"recipe": "none", "scores": {"AP": 1.0}}
    return Checkpoint("tiny_vgg", SPEC, build("tiny_vgg", SPEC.channels, **NARROW).state_dict(), NARROW, facts)


@pytest.fixture(scope="module")
def picture(root, estimator):
    unlabelled = portrait(root)
    return with_labels(
        unlabelled, people=[as_label(p) for p in estimator(unlabelled.pixels).people], people_complete=True
    )


@pytest.fixture(scope="module")
def folder(checkpoint, picture, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "model"
    folder.mkdir()
    (folder / "pose-fp16.onnx").write_text("of an earlier export")
    (folder / "notes.txt").write_text("somebody's own")
    cv2.imwrite(str(folder.parent / "site.png"), np.zeros((32, 32, 3), np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, (2, 1, 64, 64, 3), np.uint8)
    plan = Plan(
        "tiny",
        "0",
        DECODER,
        joining=JOINING,
        second_look=SECOND_LOOK,
        warm_up=folder.parent / "site.png",
        facts={"licence": "X"},
        checks={"dev": [picture]},
        calibration=list(noise),
        torchscript=True,
    )
    export(checkpoint, folder, plan)
    return folder


def test_every_file_is_written_named_and_digested(folder):
    names = ["pose-int8.bin", "pose-int8.xml", "pose.onnx", "pose.torchscript", "site.png"]
    assert sorted(p.name for p in folder.iterdir()) == [
        "MODEL_CARD.md",
        "notes.txt",
        *names[:2],
        "pose.json",
        *names[2:],
    ]
    description = json.loads((folder / "pose.json").read_text())
    assert sorted([*description["files"], description["network"]]) == names
    assert sorted(description["facts"]["sizes"]["bytes"]) == names
    assert description["fields"]["stride"] == 8
    verify(read_model(folder))


def test_a_file_that_was_changed_afterwards_is_noticed(folder, tmp_path):
    model = read_model(folder)
    with pytest.raises(ModelError, match=r"pose-int8\.bin: expected sha256 0+, got [0-9a-f]{64}"):
        verify(replace(model, files={**model.files, "pose-int8.bin": "0" * 64}))


def test_the_folder_is_served_in_float_and_in_int8(folder):
    cv2.imwrite(str(folder.parent / "site.png"), np.zeros((32, 32, 3), np.uint8))
    noise = np.random.default_rng(1).integers(0, 256, (1, 64, 64, 3), np.uint8)
    served = [pose.load(folder, height=64, precision=precision) for precision in ("f32", "int8")]
    assert [estimator.runtime.precision for estimator in served] == ["f32", "int8"]
    answers = [estimator.runtime.run(noise) for estimator in served]
    np.testing.assert_allclose(answers[0], answers[1], atol=0.1)
    assert not np.array_equal(answers[0], answers[1])


def test_sizes_scores_and_facts_are_told(folder, checkpoint):
    facts = read_model(folder).facts
    assert facts["sizes"]["parameters"] == sum(p.numel() for p in checkpoint.build().parameters())
    assert 0 < facts["sizes"]["gflop"] < 2
    assert facts["licence"] == "X"
    assert facts["recipe"] == "none"
    assert facts["scores_in_training"] == {"AP": 1.0}
    assert [(row["data"], row["precision"], row["AP"]) for row in facts["scores"]] == [
        ("dev", "f32", 0),
        ("dev", "int8", 0),
    ]


@pytest.mark.filterwarnings("ignore:.torch.jit.load. is deprecated:DeprecationWarning")
def test_torchscript_answers_what_the_network_does_at_another_size(folder, checkpoint):
    picture = torch.randint(0, 256, (1, 96, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        expected = checkpoint.build()(picture.permute(0, 3, 1, 2).float() / 256 - 0.5)[-1]
        fields = torch.jit.load(str(folder / "pose.torchscript"))(picture)
    torch.testing.assert_close(fields, expected)


def test_nobody_need_be_found_by_a_network_that_finds_nobody(folder):
    warm_up = read_model(folder).warm_up
    assert (warm_up.picture, warm_up.people) == (folder / "site.png", 0)


def test_thresholds_are_written_as_planned(folder):
    model = read_model(folder)
    assert (model.decoder, model.joining, model.second_look) == (DECODER, JOINING, SECOND_LOOK)


@pytest.mark.slow
def test_a_refused_export_leaves_the_folder_as_it_was(checkpoint, tmp_path):
    weights = {
        name: torch.full_like(w, 1e30) if name == "head.3.weight" else w for name, w in checkpoint.weights.items()
    }
    model = tmp_path / "model"
    model.mkdir()
    (model / "pose.onnx").write_text("the good one")
    with pytest.raises(ExportError, match=r"pose\.onnx with float16 weights on openvino: expected an answer"):
        export(replace(checkpoint, weights=weights), model, Plan("broken", "0", DECODER))
    assert [path.read_text() for path in tmp_path.rglob("*") if path.is_file()] == ["the good one"]


@pytest.mark.slow
def test_half_precision_is_checked_and_written(checkpoint, tmp_path):
    export(checkpoint, tmp_path / "model", Plan("tiny", "0", DECODER, half=True))
    model = read_model(tmp_path / "model")
    verify(model)
    assert "pose-fp16.onnx" in model.files


def test_a_warm_up_that_is_no_picture_is_refused(checkpoint, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(ValueError, match=r"warm-up: expected a picture in .*text\.jpg, got none"):
        export(checkpoint, tmp_path / "model", Plan("tiny", "0", DECODER, warm_up=tmp_path / "text.jpg"))
