"""Safety: a behaviour put in, found, removed and measured."""
