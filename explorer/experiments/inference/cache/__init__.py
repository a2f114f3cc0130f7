"""Caches, filled and measured."""
