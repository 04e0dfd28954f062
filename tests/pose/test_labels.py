from dataclasses import fields

import pytest

from pose.labels import HEAD, PERSON, PICTURE, HeadLabel, Labels, PersonLabel, read_labels, schema_tables


@pytest.mark.parametrize(("schema", "kind"), [(PICTURE, Labels), (PERSON, PersonLabel), (HEAD, HeadLabel)])
def test_the_schema_has_the_fields_of_what_is_read(schema, kind):
    assert list(schema) == [field.name for field in fields(kind)]
    assert all(rule.meaning.endswith(".") for rule in schema.values())


def test_the_documented_tables_are_those_of_the_schema(root):
    page = (root / "docs" / "custom-data.md").read_text(encoding="utf-8")
    documented = page.split("<!-- schema -->")[1].split("<!-- end of schema -->")[0]
    assert documented.strip() == schema_tables()


def test_labels_without_any_field_know_nothing():
    labels = read_labels({})
    assert (labels.people, labels.ignore, labels.heads) == ((), (), ())
    assert not labels.people_complete
    assert not labels.heads_complete


def test_a_person_without_a_labelled_keypoint_has_an_empty_box():
    (person,) = read_labels({"people": [{"keypoints": [0] * 51}]}).people
    assert person.box == (0, 0, 0, 0)
