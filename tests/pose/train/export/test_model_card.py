from pose.train.export.model_card import model_card

FACTS = {
    "network": "The network `fpn`",
    "input": "Pictures",
    "sizes": {
        "parameters": 5_700_000,
        "gflop": 17.14,
        "gflop_at": "384x672",
        "stride": 4,
        "height": 384,
        "widths": [384, 672],
        "bytes": {"pose.onnx": 11_360_943},
    },
    "scores": [],
}
SCORES = [
    {"data": "dev-coco", "precision": "f32", "height": 384, "pictures": 228, "AP": 40.04},
    {"data": "dev-site", "precision": "f32", "height": 384, "pictures": 190, "heads_found": 97.0},
]


def card(**facts):
    return model_card("site", "2", {"pose.onnx": "the network"}, {**FACTS, **facts})


def test_the_card_says_what_is_known():
    text = card(
        data=[{"name": "COCO 2017", "labels": "keypoints by people", "licence": "CC BY 4.0"}, {"name": "Own"}],
        licence="Apache-2.0",
        recipe={"steps": 1000},
        scores=SCORES,
        limits="Nobody lies down.",
    )
    assert text.startswith("# Model card: site 2\n")
    assert "5.7 million parameters, 17.1 GFLOP (2 x MAC) at 384x672" in text
    assert "| `pose.onnx` | the network | 11,360,943 |" in text
    assert "| COCO 2017 | keypoints by people | CC BY 4.0 |\n| Own |  | not stated |" in text
    assert "published under Apache-2.0." in text
    assert "- steps: 1000" in text
    assert "| data | precision | pictures | AP | heads_found |" in text
    assert "| dev-coco | f32 | 228 | 40.0 |  |\n| dev-site | f32 | 190 |  | 97.0 |" in text
    assert "python -m pose evaluate --data DATA.tar --model DIR --height 384" in text
    assert "**Where it fails.** Nobody lies down." in text


def test_a_run_s_configuration_is_pointed_at():
    assert "**Training.** The run's configuration stands in `pose.json`." in card(configuration={"steps": 9})
    assert "**Training.** Long. The run's configuration" in card(configuration={"steps": 9}, recipe="Long.")


def test_the_card_says_what_is_not_known():
    text = card()
    assert "Not measured." in text
    assert "**Data and licences**\n\nNot stated." in text
    assert "**Training.** Not stated." in text
    assert "a licence that nobody stated" in text
