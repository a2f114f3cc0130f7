"""Whether what is shown of a model is what the model computes."""
