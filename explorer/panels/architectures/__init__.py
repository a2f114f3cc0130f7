"""Architectures: mixtures of experts, and other shapes of transformer."""
