import numpy as np
import pytest

from pose.data.labels import JOINED, TEACHER, TOP_DOWN, read_labels
from pose.label.decisions import open_heads
from pose.label.heads import hidden_body
from pose.label.labeller import Labeller
from pose.train.data.examples import DataConfig, teacher_states
from tests.pose.label.made_up import green_seer, head_at, person_at, scene, top_down, upright

HUMAN = {"source": "human", "keypoints": person_at(160, 60).tolist(), "box": [147, 48, 26, 82]}


def labels(**given):
    return read_labels({"width": 320, "height": 192, **given})


def boxed(*heads):
    return {"heads": [{"box": head, "kind": "helmet"} for head in heads], "heads_complete": True}


def keypoints(person):
    return np.array(person.keypoints)


@pytest.fixture(scope="module")
def agreeing(tmp_path_factory):
    return top_down(tmp_path_factory.mktemp("agreeing"), upright(0.7))


@pytest.mark.parametrize(
    ("bright", "given", "confirmed", "ignored"),
    [
        pytest.param(1.0, {}, [False], [], id="a strong one counts without a boxed head"),
        pytest.param(0.45, {}, [], [[147, 48, 26, 82]], id="a weak one whom nothing confirms is ignored"),
        pytest.param(0.45, boxed(head_at(160, 60)), [True], [], id="a boxed head confirms a weak one"),
        pytest.param(0.45, {"ignore": [[100, 20, 120, 160]]}, [], [[100, 20, 120, 160]], id="who is ignored stays so"),
    ],
)
def test_who_counts(bright, given, confirmed, ignored):
    labelled = Labeller([green_seer()], None)(scene((160, 60, bright)), labels(**given))
    assert [person.confirmed for person in labelled.people] == confirmed
    np.testing.assert_allclose(np.array(labelled.ignore).reshape(-1, 4), np.reshape(ignored, (-1, 4)), atol=2)
    for person in labelled.people:
        np.testing.assert_allclose(keypoints(person)[:, :2], person_at(160, 60)[:, :2], atol=1.5)
        assert (person.source, person.by) == ("teacher", TEACHER)


@pytest.mark.parametrize(
    ("answer", "by", "states"),
    [
        pytest.param(upright(0.7), JOINED, {1}, id="both agree"),
        pytest.param(upright(0.7, right=0.4), TEACHER, {1}, id="somebody else's skeleton is not joined"),
        pytest.param(upright(0.05), JOINED, {1}, id="one says nothing at the same place"),
    ],
)
def test_a_top_down_network_is_asked_about_whom_the_other_found(tmp_path, answer, by, states):
    (person,) = Labeller([green_seer()], top_down(tmp_path, answer))(scene((160, 60, 1.0)), labels()).people
    assert person.by == by
    assert set(teacher_states(keypoints(person)[:, 2], DataConfig()).tolist()) == states
    np.testing.assert_allclose(keypoints(person)[:, :2], person_at(160, 60)[:, :2], atol=3)


def test_keypoints_on_which_both_differ_are_unsure(tmp_path):
    answer = upright(0.7)
    answer[[9, 10], 0] += 0.25  # the wrists
    (person,) = Labeller([green_seer()], top_down(tmp_path, answer))(scene((160, 60, 1.0)), labels()).people
    assert teacher_states(keypoints(person)[:, 2], DataConfig())[[9, 10]].tolist() == [-1, -1]
    assert (np.delete(keypoints(person)[:, 2], [9, 10]) >= 0.3).all()


def test_a_head_without_a_skeleton_is_asked_about_alone_and_its_region_goes(agreeing):
    head, crowd = head_at(160, 60), [0, 0, 320, 192]
    beheaded = [147, 62, 26, 68]
    regions = [hidden_body(np.array(head)).tolist(), beheaded, crowd]
    given = labels(ignore=regions, people_complete=True, **boxed(head))
    labelled = Labeller([green_seer()], agreeing)(scene(), given)
    (person,) = labelled.people
    assert (person.by, person.confirmed) == (TOP_DOWN, True)
    assert labelled.ignore == (tuple(crowd),)
    assert len(open_heads(labelled)) == 0


@pytest.mark.parametrize("answer", [upright(0.2), upright(0.7, right=0.3)], ids=["faint", "off the head"])
def test_a_head_that_gets_none_leaves_a_region_of_its_body(tmp_path, answer):
    head = head_at(160, 60)
    labelled = Labeller([green_seer()], top_down(tmp_path, answer))(scene(), labels(**boxed(head)))
    assert labelled.people == ()
    ((left, top, width, height),) = labelled.ignore
    assert left < 147
    assert left + width > 173
    assert top < head[1] < 48 + 60 < top + height
    assert labelled.people_complete


def test_where_everybody_was_labelled_or_ignored_a_head_that_gets_none_stays_as_it_is():
    given = labels(people_complete=True, **boxed(head_at(160, 60)))
    assert Labeller([green_seer()], None)(scene(), given) == given


def test_who_is_boxed_whole_is_asked_about_or_ignored(agreeing):
    box = (147, 48, 26, 82)
    given = labels(person_boxes=[list(box)])
    (person,) = Labeller([green_seer()], agreeing)(scene(), given).people
    assert (person.by, person.confirmed) == (TOP_DOWN, True)
    labelled = Labeller([green_seer()], None)(scene(), given)
    assert (labelled.people, labelled.ignore) == ((), (box,))


@pytest.mark.parametrize("complete", [True, False])
def test_whom_people_labelled_stays_and_gets_no_second_skeleton(agreeing, complete):
    given = labels(people=[HUMAN], people_complete=complete, **boxed(head_at(160, 60), head_at(260, 60)))
    labelled = Labeller([green_seer()], agreeing)(scene((160, 60, 1.0), (260, 60, 1.0)), given)
    assert labelled.people[:1] == given.people
    (other,) = labelled.people[1:]
    np.testing.assert_allclose(keypoints(other)[:, :2], person_at(260, 60)[:, :2], atol=3)


def test_where_everybody_is_labelled_nothing_changes(agreeing):
    given = labels(people=[HUMAN], people_complete=True)
    assert Labeller([green_seer()], agreeing)(scene((260, 60, 1.0)), given) is given


def test_several_teachers_are_joined():
    (person,) = Labeller([green_seer(), green_seer()], None)(scene((160, 60, 1.0)), labels()).people
    assert person.by == JOINED
