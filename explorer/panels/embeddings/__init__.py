"""Embeddings: tokens and their places as vectors, on this run."""
