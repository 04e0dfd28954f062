"""Alarms: when one begins and ends, what is kept of it, and the events that outlets pass on."""
