"""The walk: one token through a whole model."""
