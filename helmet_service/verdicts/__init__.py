"""Who wears which hat: pure functions from people and hats to verdicts."""
