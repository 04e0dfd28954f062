import json
from dataclasses import asdict

import pytest

from pose.estimation.joining import Joining
from pose.estimation.model import HandsModel, ModelError, read_model, thresholds_for, verify
from pose.estimation.proposal_decoding import ProposalDecoder, ProposalThresholds
from pose.proposals import ProposalSpec


def test_the_shipped_model_is_whole(root):
    model = read_model(root / "model")
    verify(model)
    assert model.decoder.layout.channels == 62
    assert model.warm_up.picture.is_file()
    assert {"data", "licence", "recipe", "scores"} <= set(model.facts)
    assert all(source["licence"] for source in model.facts["data"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d.pop("sha256"), "expected a key 'sha256', got none"),
        (lambda d: d["fields"].update(stride=0), "stride: expected at least 1"),
        (lambda d: d["grouping"].update(magic=1), "magic"),
        (lambda d: d.update(joining={"peak": 0.1}), "joining|constant"),
    ],
)
def test_a_description_that_is_not_one_says_why(root, tmp_path, change, complaint):
    values = json.loads((root / "model" / "pose.json").read_text())
    change(values)
    (tmp_path / "pose.json").write_text(json.dumps(values))
    with pytest.raises(ModelError, match=complaint):
        read_model(tmp_path)


@pytest.mark.parametrize("joining", [None, Joining(peak=0.1, constant=-7.0, skeleton=8.0, head=8.0, person=0.3)])
def test_a_description_says_how_heads_are_joined_or_that_they_are_not(root, tmp_path, joining):
    values = json.loads((root / "model" / "pose.json").read_text())
    values["joining"] = joining and asdict(joining)
    (tmp_path / "pose.json").write_text(json.dumps(values))
    assert read_model(tmp_path).joining == joining


def of_proposals(root, folder, **keys):
    values = json.loads((root / "model" / "pose.json").read_text())
    del values["fields"], values["grouping"]
    values["proposals"] = {"outputs": ["proposals"], "stride": 32}
    (folder / "pose.json").write_text(json.dumps(values | keys))
    return read_model(folder)


@pytest.mark.parametrize("keys", [{}, {"proposal_thresholds": {"edge": 0.2}}])
def test_a_description_of_proposals_is_read_with_published_thresholds_unless_it_has_its_own(root, tmp_path, keys):
    decoder = of_proposals(root, tmp_path, **keys).decoder
    thresholds = ProposalThresholds(**keys.get("proposal_thresholds", {}))
    assert decoder == ProposalDecoder(ProposalSpec(("proposals",), 32), thresholds)


def test_what_needs_fields_says_so_of_proposals(root, tmp_path):
    model = of_proposals(root, tmp_path)
    fields = read_model(root / "model")
    assert fields.field_decoder is fields.decoder
    with pytest.raises(ModelError, match=r"lightweight-site .*: expected a network of fields, got proposals"):
        _ = model.field_decoder
    with pytest.raises(ModelError, match=r"lightweight-site .*: expected thresholds for fields, got no 'grouping'"):
        thresholds_for(fields.decoder.layout, model)


def test_thresholds_of_another_kind_of_answer_are_not_taken(root, tmp_path):
    model, fields = of_proposals(root, tmp_path), read_model(root / "model")
    taken = thresholds_for(model.decoder.layout, fields)
    assert (taken.decoder, taken.joining, taken.second_look) == (model.decoder, None, None)
    assert thresholds_for(fields.decoder.layout, fields) == fields


def test_missing_and_broken_files_say_which(tmp_path):
    with pytest.raises(ModelError, match=r"pose\.json: No such file"):
        read_model(tmp_path)
    (tmp_path / "pose.json").write_text("{")
    with pytest.raises(ModelError, match=r"pose\.json: Expecting"):
        read_model(tmp_path)


@pytest.mark.parametrize("int8", [None, "hands-int8.xml"])
def test_a_description_says_which_network_finds_hands(root, tmp_path, int8):
    values = json.loads((root / "model" / "pose.json").read_text())
    values["hands"] = {"network": "hands.onnx", "side": 128, "least": 0.5} | ({"int8": int8} if int8 else {})
    (tmp_path / "pose.json").write_text(json.dumps(values))
    expected = HandsModel(tmp_path / "hands.onnx", int8 and tmp_path / int8, side=128, least=0.5)
    assert read_model(tmp_path).hands == expected
