"""Embeddings: tokens and positions as vectors."""
