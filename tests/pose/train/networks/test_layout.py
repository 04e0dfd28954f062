import pytest

from pose.fields import FieldSpec
from pose.train.networks.layout import FIELDS, layout


@pytest.mark.parametrize(("heads", "channels"), [(True, 62), (False, 57)])
def test_the_layout_has_every_channel_once(heads, channels):
    spec = layout(heads=heads, stride=8)
    assert spec.channels == len(spec.used_channels) == channels
    assert spec.stride == 8
    assert FieldSpec.from_json(spec.to_json()) == spec


def test_head_channels_follow_those_of_keypoints():
    assert (FIELDS.helmeted_heads, FIELDS.bare_heads, FIELDS.head_size, FIELDS.head_offset) == (57, 58, 59, (60, 61))
