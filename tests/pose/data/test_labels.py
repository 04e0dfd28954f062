import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose.data.json_values import WrongValueError
from pose.data.labels import HEAD, PERSON, PICTURE, HeadLabel, Labels, PersonLabel, as_json, read_labels
from tests.pose.made_up_labels import labels
from tests.pose.shard_files import outcome


@pytest.mark.parametrize(("schema", "kind"), [(PICTURE, Labels), (PERSON, PersonLabel), (HEAD, HeadLabel)])
def test_the_schema_has_the_keys_of_what_is_read(schema, kind):
    assert list(schema) == [field.name for field in fields(kind)]
    assert all(rule.meaning.endswith(".") for rule in schema.values())


def test_the_documented_tables_are_those_of_the_schema(root):
    page = (root / "docs" / "shards.md").read_text(encoding="utf-8")
    documented = page.split("<!-- schema -->")[1].split("<!-- end of schema -->")[0]
    titled = {"The whole file": PICTURE, "Each of `people`": PERSON, "Each of `heads`": HEAD}
    assert documented.strip() == "\n\n".join(f"{title}:\n\n{table(schema)}" for title, schema in titled.items())


def table(schema):
    rows = [f"| `{n}` | {r.kind} | {r.unit} | {r.shown_default} | {r.meaning} |" for n, r in schema.items()]
    return "\n".join(["| Key | Value | Unit | Default | Meaning |", "|---|---|---|---|---|", *rows])


def test_labels_without_any_field_know_nothing():
    labels = read_labels({})
    assert (labels.people, labels.ignore, labels.heads) == ((), (), ())
    assert not labels.people_complete
    assert not labels.heads_complete


def test_a_person_without_a_labelled_keypoint_has_an_empty_box():
    (person,) = read_labels({"people": [{"keypoints": [0] * 51}]}).people
    assert person.box == (0, 0, 0, 0)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["human", "helmet"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*PICTURE, *PERSON, *HEAD]), inner),
)


@given(st.dictionaries(st.sampled_from(list(PICTURE)), VALUES))
def test_whatever_stands_in_a_file_is_read_or_refused_by_its_field(value):
    read = outcome(lambda: read_labels(value))
    if isinstance(read, WrongValueError):
        assert read.field.partition("[")[0].partition(".")[0] in PICTURE
        assert "\n" not in str(read)
    else:
        assert read_labels(json.loads(json.dumps(as_json(read)))) == read


@given(labels())
def test_what_is_written_reads_back_equal(known):
    assert read_labels(json.loads(json.dumps(as_json(known)))) == known
