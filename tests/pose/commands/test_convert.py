import cv2
import numpy as np
import pytest
import torch

from pose.__main__ import main
from pose.estimation.model import file_sha256, read_model
from pose.runtimes import open_runtime
from pose.runtimes.torch import TorchRuntime
from pose.train.networks import build
from pose.train.networks.checkpoint import load_checkpoint
from pose.train.networks.published import PUBLICATIONS


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    rename = PUBLICATIONS["lightweight-openpose"].their_name
    state = build("lightweight_openpose", 57).state_dict()
    path = tmp_path_factory.mktemp("published") / "checkpoint_iter_370000.pth"
    torch.save({"state_dict": {rename(name): value for name, value in state.items()}}, path)
    return path


def test_published_weights_become_a_checkpoint(tmp_path, published, capsys):
    out = tmp_path / "out" / "lightweight.pt"
    assert main(["convert", "lightweight-openpose", str(published), str(out)]) == 0
    printed = capsys.readouterr().out
    assert file_sha256(published) in printed
    assert file_sha256(out) in printed
    assert "Apache-2.0" in printed
    assert load_checkpoint(out).build().stride == 8


def test_the_shipped_model_becomes_a_checkpoint_that_answers_the_same(root, tmp_path):
    shipped, out = read_model(root / "model"), tmp_path / "start.pt"
    assert main(["convert", "lightweight-site", str(shipped.network), str(out)]) == 0
    checkpoint = load_checkpoint(out)
    assert checkpoint.layout == shipped.decoder.layout
    picture = cv2.resize(cv2.imread(str(root / "model" / "warmup.jpg")), (192, 128))[None]
    expected = open_runtime("onnx", shipped.network, shipped.decoder.layout, precision="f32", threads=1).run(picture)
    np.testing.assert_allclose(
        TorchRuntime(checkpoint.build(), shipped.decoder.layout).run(picture), expected, atol=1e-3
    )


def test_a_broken_model_is_refused(tmp_path, capsys):
    (tmp_path / "pose.onnx").write_bytes(b"no network")
    assert main(["convert", "lightweight-site", str(tmp_path / "pose.onnx"), str(tmp_path / "out.pt")]) == 1
    assert "pose.onnx: expected an ONNX file, got a broken file" in capsys.readouterr().err


def test_a_file_of_the_other_kind_is_refused(tmp_path, published, capsys):
    assert main(["convert", "openpose-body", str(published), str(tmp_path / "out.pt")]) == 1
    assert "expected the weights conv1_1.weight" in capsys.readouterr().err
    assert not (tmp_path / "out.pt").exists()


def test_the_owners_pages_and_licences_are_told(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["convert", "--where"])
    printed = capsys.readouterr().out
    for text in ("lightweight-human-pose-estimation.pytorch", "Apache-2.0", "CMU", "must not be shipped commercially"):
        assert text in printed
