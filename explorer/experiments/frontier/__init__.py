"""Frontier: what lies beyond the plain transformer, measured."""
