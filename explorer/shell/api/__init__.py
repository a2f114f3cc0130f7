"""The explorer for other programs: one table of operations, offered by HTTP, by MCP and to gradio_client alike.

Nothing here is imported before a program first asks: the page neither waits for it nor grows by it.
"""
