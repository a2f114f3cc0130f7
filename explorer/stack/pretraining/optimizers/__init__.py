"""Optimizers in plain steps: what one step does to one weight, with every term of its formula."""
