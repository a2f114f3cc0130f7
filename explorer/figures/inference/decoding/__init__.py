"""Ways of writing, as pictures."""
