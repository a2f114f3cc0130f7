"""Safety: what was measured of requests, answers and directions."""
