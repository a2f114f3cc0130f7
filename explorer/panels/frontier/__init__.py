"""Frontier: panels of what lies beyond the plain transformer."""
