"""Embeddings: how tokens and their places become vectors."""
