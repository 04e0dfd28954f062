"""How often verdicts are right on labelled pictures, under what cameras and hat detectors do to them."""
