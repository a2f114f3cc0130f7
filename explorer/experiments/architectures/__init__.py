"""Architectures: mixtures of experts, encoders, and the shapes of models."""
