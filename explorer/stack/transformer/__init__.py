"""The transformer from its parts: attention, norms, feed-forward, and the decoder that is built of them."""
