"""The pages of a WARC or WET archive, as Common Crawl writes them: a gzip member a record.

The member is unpacked within bounds, and warcio reads the record in it. An archive that is not packed is read record by
record; one that is packed as a whole is one member, and is set aside where that is too large.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedIOBase, BytesIO
from pathlib import Path

from explorer.corpora.inputs.bounded import MAGIC, MOST, members
from explorer.stack.pretraining.data.charset import decoded
from explorer.stack.pretraining.data.stage import Document, SetAside

#: Of the records' headers.
HEADERS = 65_536
PAGES = ("text/html", "application/xhtml+xml", "application/xml", "text/plain", "")


def read(path: Path, name: str) -> Iterator[Document | tuple[str, SetAside]]:
    """Each page, or its name and why it is set aside. Records that are no pages (requests, notes) are passed over."""
    with path.open("rb") as file:
        packed = file.read(3) == MAGIC
        file.seek(0)
        if not packed:
            yield from _records(file, name, 0)
            return
        for number, member in enumerate(members(file, MOST + HEADERS)):
            if isinstance(member, SetAside):
                yield f"{name}#{number}", member
            else:
                yield from _records(BytesIO(member), name, number)


def _records(file: BufferedIOBase, name: str, number: int) -> Iterator[Document | tuple[str, SetAside]]:
    from warcio.archiveiterator import ArchiveIterator

    records = iter(ArchiveIterator(file))
    while True:
        own = f"{name}#{number}"
        try:
            record = next(records, None)
            found = _page(record, own) if record is not None else None
        except SetAside as refused:
            yield own, refused
        except Exception as error:  # a damaged head breaks the library's reader at any place
            yield own, SetAside(f"no record: {type(error).__name__}: {str(error)[:200]}")
            return
        else:
            if record is None:
                return
            if found is not None:
                yield found
        number += 1


def _page(record: object, name: str) -> Document | None:
    from warcio.recordloader import ArcWarcRecord

    assert isinstance(record, ArcWarcRecord)
    heads = record.rec_headers
    if record.rec_type not in ("response", "conversion", "resource"):
        return None
    url = heads.get_header("WARC-Target-URI") or ""
    kind = (record.http_headers or heads).get_header("Content-Type") or ""
    media, _, rest = kind.partition(";")
    if media.strip().lower() not in PAGES:
        return None
    said, stream = int(heads.get_header("Content-Length") or 0), record.raw_stream
    body = record.content_stream().read(MOST + 1)
    if len(body) > MOST:
        raise SetAside(f"a record of more than {MOST:,} bytes")
    if (missing := getattr(stream, "limit", 0)) > 0:
        raise SetAside(f"cut short: {missing:,} of {said:,} bytes are missing")
    charset = rest.partition("charset=")[2].strip(" \"';").partition(";")[0]
    if record.rec_type == "conversion" or media.strip().lower() == "text/plain":
        return Document(id=name, url=url, text=decoded(body, charset)[0])
    return Document(id=name, url=url, html=body, charset=charset)
