"""Context: what a model reads beside its prompt, and how far it can read."""
