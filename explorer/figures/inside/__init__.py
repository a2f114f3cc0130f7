"""Inside: what looks into a model, as payloads."""
