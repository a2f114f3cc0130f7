"""Inside: what looks into a model, measured."""
