"""Fine-tuning: what a model learns from examples."""
