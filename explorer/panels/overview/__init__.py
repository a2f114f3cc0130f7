"""Chapter 1, the walk: one run of a real model, opened from text to next token."""
