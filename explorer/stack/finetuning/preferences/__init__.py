"""Preferences: what a pair of answers, one chosen and one rejected, says to a model; losses and reward models."""
