"""Pre-training: what a model is trained on, and how."""
