"""Lenses: what the stream at a depth says, or gets ready to say, read by a map to the last block's stream."""
