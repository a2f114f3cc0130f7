"""Tasks: items to evaluate a model on, as files of data."""
