"""State-space models: layers that carry a state of fixed size from token to token instead of all keys and values."""
