"""What can be changed in a run: the stream, the routing, the weights."""
