"""Keys and values, kept: in blocks, in fewer bits, in a window, by how much they were attended to."""
