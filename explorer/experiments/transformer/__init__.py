"""The transformer block: attention, feed-forward, norms."""
