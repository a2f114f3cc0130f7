"""What takes running models, training or timing: each experiment yields what it has, and ends with a whole result."""
