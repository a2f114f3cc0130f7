"""What comes from elsewhere: downloaded with progress, verified, and kept whole in the cache or not at all."""
