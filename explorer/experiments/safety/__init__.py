"""Safety: what models do with mild requests, and what changes it."""
