"""This process: its memory, its log, its numbers, and what it has one of."""
