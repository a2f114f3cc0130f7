"""Pre-training objectives, one a file: what a model reads, what it must say, and what each position may see."""
