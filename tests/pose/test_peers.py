import os
from pathlib import Path

import numpy as np
import pytest

from pose.estimation.model import ModelError
from pose.peers import load_peers


def test_a_folder_without_a_described_network_is_refused(tmp_path):
    with pytest.raises(ModelError, match="expected a network that pose/peers/ describes, got none"):
        load_peers(tmp_path, height=256, threads=1)


def test_another_file_under_the_peer_s_name_is_refused(tmp_path):
    (tmp_path / "human-pose-estimation-0001.xml").write_text("<net/>")
    with pytest.raises(ModelError, match="expected sha256"):
        load_peers(tmp_path, height=256, threads=1)


@pytest.mark.skipif("PEERS_DIR" not in os.environ, reason="PEERS_DIR is not set")
def test_the_peer_answers_fields_of_its_own_layout():
    (peer,) = load_peers(Path(os.environ["PEERS_DIR"]), height=64, threads=1)
    assert peer.runtime.run(np.zeros((1, 64, 64, 3), np.uint8)).shape == (1, 57, 8, 8)


@pytest.mark.skipif("PEERS_DIR" not in os.environ, reason="PEERS_DIR is not set")
def test_what_the_peer_sees_inside_follows_its_fields():
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
    (plain,) = load_peers(Path(os.environ["PEERS_DIR"]), height=64, threads=1)
    (seeing,) = load_peers(Path(os.environ["PEERS_DIR"]), height=64, threads=1, inner=("relu4_4_CPM",))
    answered = seeing.runtime.run(picture)
    assert answered.shape == (1, 57 + 128, 8, 8)
    np.testing.assert_allclose(answered[:, :57], plain.runtime.run(picture), atol=1e-5)
