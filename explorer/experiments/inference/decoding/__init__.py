"""Ways of writing, run and compared."""
