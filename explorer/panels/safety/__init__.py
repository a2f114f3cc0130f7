"""Panels of the chapter on safety."""
