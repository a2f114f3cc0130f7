"""Payloads of the chapter on safety."""
