"""Pipelines: schedules as data, simulated, and run by real processes."""
