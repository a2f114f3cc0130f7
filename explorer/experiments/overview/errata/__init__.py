"""The technical reference, checked: what it claims, and what real weights, configs and runs say to it."""
