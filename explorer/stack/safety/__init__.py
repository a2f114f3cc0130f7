"""Safety: a behaviour that was put in, found, removed and measured."""
