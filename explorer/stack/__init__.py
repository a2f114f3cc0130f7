"""The LLM stack from scratch: one concept a file, pure torch, no user interface, no downloads."""
