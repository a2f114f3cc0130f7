"""Pre-training: what a model is trained on, in which order, with which losses."""
