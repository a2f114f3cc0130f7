"""Evaluation: how well a model does, and how sure one may be of it."""
