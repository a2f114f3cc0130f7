"""Rows of documents: JSON lines and Parquet, in and out. A row has `text` or `html`, and may have `id` and `url`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from explorer.corpora.inputs.bounded import MOST, lines
from explorer.stack.pretraining.data.stage import Document, SetAside

Found = Document | tuple[str, SetAside]
#: Names that a text has in other people's tables.
TEXTS = ("text", "content", "raw_content")


def json_lines(path: Path, name: str) -> Iterator[Found]:
    """A document a line; .gz is unpacked."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        number = -1
        try:
            for number, line in enumerate(lines(file)):
                own = f"{name}#{number}"
                if line is None:
                    yield own, SetAside(f"a line of more than {MOST:,} bytes")
                elif line.strip():
                    yield _row(_parsed(line), own)
        except (OSError, EOFError) as error:  # the archive ends within
            yield f"{name}#{number + 1}", SetAside(f"cut short or damaged: {str(error)[:200]}")


def parquet(path: Path, name: str) -> Iterator[Found]:
    """A document a row, a few rows at a time."""
    import pyarrow
    from pyarrow import parquet as tables

    number = 0
    try:
        with tables.ParquetFile(path) as table:
            known = [each for each in (*TEXTS, "html", "id", "url") if each in table.schema_arrow.names]
            for batch in table.iter_batches(batch_size=64, columns=known):
                for row in batch.to_pylist():
                    yield _row(row, f"{name}#{number}")
                    number += 1
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        yield f"{name}#{number}", SetAside(f"no table: {str(error)[:200]}")


def _parsed(line: bytes) -> Mapping[str, object] | SetAside:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return SetAside(f"no JSON: {str(error)[:200]}")
    return row if isinstance(row, dict) else SetAside("no JSON object")


def _row(row: Mapping[str, object] | SetAside, name: str) -> Found:
    if isinstance(row, SetAside):
        return name, row
    url, html = row.get("url"), row.get("html")
    text = next((row[each] for each in TEXTS if isinstance(row.get(each), str)), None)
    if html is None and text is None:
        return name, SetAside(f"neither html nor {', '.join(TEXTS)} in the row")
    body = html.encode("utf-8", "replace") if isinstance(html, str) else html if isinstance(html, bytes) else None
    text = text if isinstance(text, str) and body is None else ""
    if max(len(body or b""), len(text)) > MOST:
        return name, SetAside(f"a document of more than {MOST:,} bytes")
    return Document(id=name, url=url if isinstance(url, str) else "", html=body, text=text.replace("\0", ""))
