"""Experiments of the chapter on tokenization."""
