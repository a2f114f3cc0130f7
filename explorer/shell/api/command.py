"""`python -m explorer mcp`."""

from __future__ import annotations


def mcp() -> None:
    """Answer MCP over standard input and output. [dim]Configure: {"command": "llm-explorer", "args": ["mcp"]}[/dim]

    The tools are those that the page's server answers at /mcp.
    """
    import logging

    from explorer.shell.api.mcp import serve_stdio

    logging.basicConfig(level=logging.WARNING)  # to standard error: standard output is the protocol's
    serve_stdio()
