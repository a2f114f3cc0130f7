"""Frontier: what looks into a model, and what lies beyond the plain transformer."""
