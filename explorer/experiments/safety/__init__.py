"""Behaviour of chat models, measured beside placebos."""
