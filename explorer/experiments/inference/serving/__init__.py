"""Many requests, served and timed."""
