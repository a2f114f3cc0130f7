"""The page's files: which it needs, how they are packed, and under which addresses they lie."""
