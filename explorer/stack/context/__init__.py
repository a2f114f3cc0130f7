"""Context: how far a model can read, and how it is made to read further."""
