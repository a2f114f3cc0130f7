"""What a trace says of itself: attribution, the lens, scores of its heads."""
