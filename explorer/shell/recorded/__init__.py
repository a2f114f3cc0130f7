"""Recordings: the page's own answers, stored, for a page that has no server."""
