"""Sparse autoencoders: the stream as the sum of a few directions out of many, and what such a sum is worth."""
