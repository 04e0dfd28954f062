"""Who is who in a moving picture: people kept apart over its frames, and their keypoints smoothed."""

from pose.tracking.rules import TrackingRules
from pose.tracking.tracker import Tracked, Tracker

__all__ = ["Tracked", "Tracker", "TrackingRules"]
