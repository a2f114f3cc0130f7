"""Quantization: a matrix in fewer bits, one definition of each format, used by weights, cache and pictures."""
