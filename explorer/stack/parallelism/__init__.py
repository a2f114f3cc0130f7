"""Parallelism: one model over several processes, and what they must tell each other."""
