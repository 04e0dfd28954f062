import numpy as np

from pose.train.augment import AugmentConfig
from pose.train.augment.crops import cut, plan
from pose.train.augment.draw_targets import LEGEND_HEIGHT, draw_sheet
from pose.train.data.cache import Cache
from pose.train.networks.layout import FIELDS, layout
from tests.pose.train.made_up import example, placed


def test_a_sheet_has_three_panels_a_crop_and_a_legend(tmp_path):
    cache, augment = Cache.build(tmp_path / "cache", [example()] * 3), AugmentConfig()
    crops = cut(cache, plan(cache, np.arange(3), augment, 64, np.random.default_rng(0)), augment)
    assert draw_sheet(crops, FIELDS).shape == (2 * 320 + LEGEND_HEIGHT, 6 * 320, 3)
    legend = draw_sheet(crops[:1], layout(heads=False))[320:, : 3 * 320]
    assert all(column.max() > 200 for column in np.split(legend, 3, axis=1)), "something is written below each"
    assert (legend[:, -20:] == legend[-1, -1]).all(), "and nothing is cut off"


def test_what_does_not_count_is_darkened():
    bright = np.full((64, 64, 3), 255, np.uint8)
    ignored = np.array([[0, 0, 32, 64]], np.float32)
    sheet = draw_sheet([placed(example(ignore=ignored), np.eye(3), 64, bright)], FIELDS)
    heatmaps = sheet[:320, 320:640].astype(int)
    assert heatmaps[:, :150].mean() < 0.6 * heatmaps[:, 170:].mean()
