import pytest
import torch

from pose.__main__ import main
from pose.estimation.model import file_sha256
from pose.train.networks import build
from pose.train.networks.checkpoint import load_checkpoint
from pose.train.networks.published import PUBLICATIONS


@pytest.fixture
def published(tmp_path):
    rename = PUBLICATIONS["lightweight-openpose"].their_name
    state = build("lightweight_openpose", 57).state_dict()
    path = tmp_path / "checkpoint_iter_370000.pth"
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
