"""Caches, as pictures."""
