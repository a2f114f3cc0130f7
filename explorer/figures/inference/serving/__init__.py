"""Many requests and what fits, as pictures."""
