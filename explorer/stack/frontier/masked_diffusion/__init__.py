"""Masked diffusion: a model that reads both ways fills masked tokens, in any order."""
