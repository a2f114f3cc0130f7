"""Frontier: what goes beyond the plain transformer, as payloads."""
