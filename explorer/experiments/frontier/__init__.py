"""Frontier: other designs than the plain transformer."""
