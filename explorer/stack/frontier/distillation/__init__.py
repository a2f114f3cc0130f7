"""Distillation: a small model, the student, learns from a larger one's next-token distributions, states or texts."""
