import numpy as np
import pytest

from pose.data.labels import read_labels
from pose.data.shards import LabelledPicture
from pose.measuring.peak_measures import peak_measure
from pose.skeleton import HeadPeak

NO_PIXELS = np.zeros((1, 1, 3), np.uint8)


def picture(*heads, ignore=()):
    """A picture with these head boxes, each with its kind."""
    labels = {"ignore": list(ignore), "heads_complete": True, "heads": [{"box": b, "kind": k} for b, k in heads]}
    return LabelledPicture("made-up", NO_PIXELS, read_labels(labels))


HELMET = ([100, 100, 30, 40], "helmet")
BARE = ([300, 100, 18, 14], "head")
SMALL = ([500, 100, 10, 10], "head")
ON_HELMET = HeadPeak(115, 120, 40, 0.9, 0.1)
ON_BARE = HeadPeak(309, 107, 18, 0.2, 0.8)
ON_SMALL = HeadPeak(505, 105, 10, 0.0, 0.95)
NOWHERE = HeadPeak(400, 300, 40, 0.6, 0.0)


def figures(pictures, heads):
    return peak_measure(pictures, heads)(np.arange(len(pictures)))


def test_peaks_on_all_labels_have_all_of_the_precision():
    values = figures([picture(HELMET, BARE)], [[ON_HELMET, ON_BARE]])
    assert [values[n] for n in ("peaks_AP50", "helmeted_peaks_AP50", "bare_peaks_AP50", "peaks_found")] == [100] * 4
    assert values["peaks_found_12_20px"] == values["peaks_found_over_20px"] == 100
    assert values["ghost_peaks_per_100"] == 0


# what is seen beside a helmet and a bare head -> figures that are 100, and others
@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([ON_HELMET], {"helmeted_peaks_AP50": 100, "bare_peaks_AP50": 0, "peaks_found": 50}),
        ([ON_HELMET, HeadPeak(309, 107, 18, 0.8, 0.2)], {"peaks_AP50": 100, "peaks_found": 100}),
        ([ON_HELMET, ON_BARE, NOWHERE], {"ghost_peaks_per_100": 100, "ghost_peaks_over_20px_per_100": 100}),
        ([ON_HELMET, HeadPeak(309, 107, 18, 0.0, 0.4)], {"peaks_AP50": 100, "peaks_found": 50}),
        ([ON_HELMET, HeadPeak(309, 107, 50, 0.0, 0.8)], {"peaks_AP50": pytest.approx(50, abs=1), "peaks_found": 100}),
        ([], {"peaks_AP50": 0, "peaks_found": 0, "ghost_peaks_per_100": 0}),
    ],
)
def test_what_is_missed_or_made_up_costs(heads, expected):
    values = figures([picture(HELMET, BARE)], [heads])
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize("strays", [[ON_SMALL], [HeadPeak(410, 310, 30, 0.99, 0.0)]])
def test_small_labels_and_ignored_regions_count_neither_way(strays):
    labelled = picture(HELMET, SMALL, ignore=[[350, 250, 100, 100]])
    values = figures([labelled], [[ON_HELMET, *strays]])
    assert values["peaks_AP50"] == values["peaks_found"] == 100
    assert values["ghost_peaks_per_100"] == 0
    assert np.isnan(values["bare_peaks_AP50"])
