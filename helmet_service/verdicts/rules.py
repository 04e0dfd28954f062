"""Every threshold of a judgement, with its unit and its source.

Head sizes are lengths from chin to crown of the head in question. `python -m benchmarks.refit` fits anew what depends
on the network; `python -m benchmarks.mutated_rules` shows that a test holds each number. The legacy rule has its own
beside it (`legacy_rule.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Convention:
    """Where the boxes of one way of drawing hats lie on a head.

    along: from the head's centre to the box's, towards the crown; size: the square root of the box's area; both in head
    sizes.
    """

    along: float
    size: float


@dataclass(frozen=True, slots=True)
class FitRules:
    """How far a hat box may be from a worn hat's; costs are those of `hat_fit.Fit`.

    A box implies a head: of its own size divided by its convention's `size`. Distances are in sizes of the implied
    head; ratios are of its size to that of the head that was found.

    head, shell: boxes around the whole helmeted head, and around the helmet alone. Medians on the heads of
    `lightweight-site` 1: of labelled boxes of helmeted heads, and between those of the upper 55 % of these boxes and of
    shells drawn by people.
    place_spread: distance from the convention's place that costs 0.5. 1,308 labelled boxes of helmeted heads spread by
    0.09 along and 0.12 across on the heads of `fpn-site` 2 (half the way from the 16th to the 84th percentile); with
    0.18 and 0.21 more false hats cleared bare heads.
    smaller_spread, larger_spread: ratios that cost 0.5. The same boxes spread by a factor of 1.2. Fragments of a
    skeleton give heads far too small but never far too large, so a hat may be larger than its head more than smaller.
    smallest, largest: ratios beyond which a hat is on no head, however well it lies. Of 1,305 worn hats in 750 site
    pictures 0.3 % are smaller and 0.3 % larger.
    low_score_cost: cost of a hat of which its detector is not sure at all (score 0). Not measured.
    """

    head: Convention = Convention(along=0.07, size=1.073)
    shell: Convention = Convention(along=0.28, size=0.803)
    place_spread: float = 0.15
    smaller_spread: float = 0.819
    larger_spread: float = 1.419
    smallest: float = 0.5
    largest: float = 2.5
    low_score_cost: float = 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients of two curves of log-odds, see `calibration.py`; `python -m benchmarks.calibration` fits them anew.

    helmet_constant, helmet_cost: that a head with a hat wears it: constant, and change a unit of cost.
    bare_constant, bare_head: that a head without a hat is bare: constant, and change a unit of the head's log-odds.
    surest: the highest probability that is stated. 750 pictures cannot tell 99 % from certainty, and nobody should read
    "100 %".

    Fitted on tune-site (Hard Hat Workers) and tune-cctv (plant cameras), both weighing alike, on what the default looks
    of `lightweight-site` 1 see, under the five conditions of hats of `python -m helmet_service bench` that a detector
    may bring: whole heads, shells, moved, a tenth missed, one false; bare heads of plant cameras, of which there is
    one, are those whose hat was taken away. A status is right when it is the label's; an alarm paired with no label is
    wrong, but for the real heads that `benchmarks.unlabelled` lists. The gate was 8, so that hats which lie badly are
    among them. Of 2,474 helmets one was wrong: too few errors to fit their curve closely.
    """

    helmet_constant: float = 9.95
    helmet_cost: float = -1.15
    bare_constant: float = 0.09
    bare_head: float = 1.18
    surest: float = 0.99


@dataclass(frozen=True, slots=True)
class JoinedCalibration:
    """Coefficients of log-odds that join headwear and supplied hats, see `calibration.py`.

    head_constant, head_found, head_shown: that there is a head: constant, and changes a unit of the log-odds of the
    head frame's confidence and of the classifier's for a head of either kind.
    helmet_constant, helmet_shown, helmet_fields: that a head wears a helmet and is not bare: constant, and changes a
    unit of the log-odds of the classifier and of the head fields' two scores.
    hat, no_hat: added where hats were supplied: for one on the head, and for none on it. How badly the hat fits was
    tried too: it says nothing more.

    `python -m benchmarks.joined_calibration` fits them anew on tune-site and tune-cctv, as its first lines say: both
    kinds of cameras weigh alike, and bare heads as much as helmets. Hats come from imagined detectors, whose helmets
    without a hat stay helmets: whole heads, shells, moved, one false, a tenth and three tenths missing; and from none.
    A tenth of the weight have one swapped and all late, because a detector in the field boxes a bare head, or where the
    head was before, in one of ten pictures at the most. On tune-site and tune-cctv hats that are right lose nothing
    with either weight.
    """

    head_constant: float = -0.11
    head_found: float = 1.15
    head_shown: float = 0.33
    helmet_constant: float = 1.22
    helmet_shown: float = 1.69
    helmet_fields: float = 1.77
    hat: float = 5.52
    no_hat: float = -2.73


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds of a judgement; chosen, where nothing else is said, on tune-site and 600 pictures of train-1.

    second_skeleton_share, second_skeleton_distance: a skeleton without a head is a second one on somebody when this
    share of its points lies this near to the other's, in sizes of the other's head. In 750 site pictures that is so of
    22 among 41 skeletons whose head lay on a surer one, and of 14 among 64 without any head; with those that have no
    torso 75 are left out.
    min_head_px: heads smaller than this, in pixels of the network's input, are `head_too_small`.
    fit: how badly a hat fits a head, as a cost.
    gate: the cost from which a hat is not on a head. Of 2,474 hats on tune-site and tune-cctv that cost up to 8 one was
    on a bare head, too few to choose by; at 8 drawn hats above and beside a head would be on it.
    doubt: a head without a hat is `low_confidence` when a hat of nobody costs less than this.
    margin: the difference in cost below which a hat fits two heads equally well.
    same_hat: the intersection over union from which two hat boxes are one hat. Of 9,169 pairs of heads labelled in the
    same picture three overlap more, and those are labelled twice.
    min_alarm_confidence: bare heads less probable than this are `low_confidence`: the highest that gives up at most 2 %
    of the bare heads found, in the mean of tune-site and tune-cctv (docs/measured/trade-off.svg). At 0.8 93.0 and
    98.6 % of them are called so, with 3.3 and 0.6 alarms in 100 pictures where no head is; at 0.5 96.4 and 98.6 % with
    8.7 and 1.3.
    min_helmet_confidence: where the model sees headwear, helmets less probable than this are `unknown`; by the table of
    `python -m benchmarks.joined_calibration` (docs/measured/verdicts.md).
    near_body: how far from a body a hat may be to be held, carried or lying by it, in head sizes.
    hand_beyond_wrist: where a hand holds a hat, in lengths of its forearm. Not measured.
    heads_in_skeleton: how many head sizes the longest way between two points of a skeleton has, for people whose head
    is not seen. Heads are 1/7 to 1/8 of stature (Drillis & Contini 1966).
    worn_vest: the intersection over union from which a vest box is worn by the person in a box. The ancestor's, kept by
    the wire format.
    min_own_head: the least probability of a helmeted or a bare head that is listed: what is more probable than not.
    own_head_width: of a box that people draw around a head, in heights: the medians of tune-site and tune-cctv are 0.82
    and 0.91 for helmets, 0.80 for bare heads.
    calibration: what is said of helmets and bare heads by hats alone.
    joined: what is said of them where the model sees headwear.
    """

    second_skeleton_share: float = 0.6
    second_skeleton_distance: float = 0.35
    min_head_px: float = 8.0
    fit: FitRules = FitRules()
    gate: float = 6.5
    doubt: float = 9.0
    margin: float = 0.5
    same_hat: float = 0.5
    min_alarm_confidence: float = 0.8
    min_helmet_confidence: float = 0.6
    near_body: float = 0.6
    hand_beyond_wrist: float = 0.5
    heads_in_skeleton: float = 7.0
    worn_vest: float = 0.4
    min_own_head: float = 0.5
    own_head_width: float = 0.85
    calibration: Calibration = Calibration()
    joined: JoinedCalibration = JoinedCalibration()
