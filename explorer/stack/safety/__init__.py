"""Behaviour that is put in, found, removed and measured, with placebos beside it."""
