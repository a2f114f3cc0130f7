"""What reaches into another library's private parts: one file a library, why, and until which version.

Nothing else here uses a name that its library does not offer. Each file has a test of its name that fails when the
library's private part has changed.
"""
