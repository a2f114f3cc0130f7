"""The transformer block: its parts on this run."""
