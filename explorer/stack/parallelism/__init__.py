"""Parallelism: one training split over many processes, by data, tensors, layers, tokens and experts."""
