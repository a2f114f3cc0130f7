"""Frontier: what goes beyond the plain transformer, measured."""
