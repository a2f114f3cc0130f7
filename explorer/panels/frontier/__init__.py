"""Frontier: the panels beyond the plain transformer."""
