"""Recursive latent reasoning: a small net that is applied to its own state until the answer stands."""
