"""Architectures beside the dense decoder: mixture of experts, encoder-decoder, encoder-only."""
