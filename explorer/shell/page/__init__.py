"""The page: its layout, its events and the one dispatcher."""
