"""Estimates people's skeletons in pictures; knows nothing of hats or HTTP."""

from pose.estimation.decode import Grouping
from pose.estimation.estimator import Estimate, Estimator, load
from pose.estimation.model import Model, ModelError
from pose.skeleton import Person

__all__ = ["Estimate", "Estimator", "Grouping", "Model", "ModelError", "Person", "load"]
