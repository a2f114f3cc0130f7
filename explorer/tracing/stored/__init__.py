"""Traces kept, within a bound of bytes, and shared between processes."""
