"""Lessons, as the page gets them and as a teacher checks them."""
