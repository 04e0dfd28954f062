"""`python -m helmet_service bench`: how often verdicts are right on labelled pictures, by view and hat detector."""
