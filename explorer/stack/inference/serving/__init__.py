"""Many requests on some cards: schedulers, loads, and what fits."""
