import pytest

from pose.estimation.head_frames import fit_head
from pose.measuring.evaluation import evaluate
from tests.pose.labelled import as_label, portrait, with_labels


@pytest.fixture(scope="module")
def picture(root):
    return portrait(root)


@pytest.fixture(scope="module")
def person(estimator, picture):
    return estimator(picture.pixels).people[0]


def head_label(person):
    head = fit_head(person)
    return {"box": [head.x - head.size / 2, head.y - head.size / 2, head.size, head.size], "kind": "head"}


def test_keypoints_and_heads_are_measured_on_the_pictures_that_have_them(estimator, picture, person):
    posed = with_labels(picture, people=[as_label(person)], people_complete=True)
    boxed = with_labels(picture, heads=[head_label(person)], heads_complete=True)
    evaluation = evaluate(estimator, [posed, boxed], with_intervals=True)
    assert evaluation.figures["AP"] == pytest.approx(100)
    assert evaluation.figures["heads_found"] == 100
    assert evaluation.figures["ghosts_per_100"] == 0
    assert evaluation.intervals["heads_found"] == (100, 100)
    assert evaluation.intervals.keys() == evaluation.figures.keys()
    assert (evaluation.pictures, evaluation.people, evaluation.height) == (2, 2, 384)
    assert evaluation.model == f"{estimator.model.name} {estimator.model.version}"
    assert evaluation.ms_per_picture >= evaluation.network_ms > 0


def test_figures_without_labels_are_left_out(estimator, picture, person):
    human = as_label(person)
    sure = [[x, y, min(seen, 1)] for x, y, seen in human["keypoints"]]
    teacher = human | {"source": "teacher", "keypoints": sure}
    boxed = with_labels(
        picture, people=[teacher], people_complete=True, heads=[head_label(person)], heads_complete=True
    )
    figures = evaluate(estimator, [boxed]).figures
    assert "AP" not in figures
    assert "heads_found_12_20px" not in figures
    assert figures["heads_found_over_20px"] == 100


def test_nobody_in_a_picture_that_people_labelled_counts_against_ap(estimator, picture, person):
    posed = with_labels(picture, people=[as_label(person)], people_complete=True)
    nobody = with_labels(picture, people_complete=True)
    assert evaluate(estimator, [nobody, posed]).figures["AP"] < 100
    assert evaluate(estimator, [posed, with_labels(picture)]).figures["AP"] == pytest.approx(100)


def test_pictures_without_labels_by_people_are_refused(estimator, picture):
    with pytest.raises(ValueError, match="data: expected pictures with keypoints or heads labelled by people, got 1"):
        evaluate(estimator, [picture])
