"""What every request passes before anybody looks at its meaning: keys, limits, bodies, problems."""
