"""Frontier: what lies beyond the plain transformer, as payloads."""
