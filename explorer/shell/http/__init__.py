"""Requests: who may ask, how much, how long; and what those who run the server ask it."""
