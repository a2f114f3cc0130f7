"""Pictures and words in one model: what joins a vision encoder's patches to a decoder."""
