"""A decoder's step as one compiled loop."""
