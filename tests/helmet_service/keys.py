"""An API key for tests."""

KEY = "gate-three-7Yt0pQ2xLw"
GUESS = "gate-three-7Yt0pQ2xLv"
