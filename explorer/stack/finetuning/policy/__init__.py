"""Policy gradients: rewards in, one weight for each token's gradient out."""
