"""Texts and tasks: where each comes from, how it is fetched, verified, read and split."""
