"""Inference: how a trained model is made to write."""
