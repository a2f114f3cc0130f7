"""Tokenization: text to ids and back, on real vocabularies."""
