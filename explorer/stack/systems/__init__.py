"""Systems: how attention is computed on real memory, and on several machines."""
