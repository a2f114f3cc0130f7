"""Runs made: one or several, short or long, of a model as it is or with other weights."""
