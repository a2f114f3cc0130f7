"""No abbreviation stands unexplained: each in a title, a sentence or a label is a term of the glossary, or a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from explorer import places
from explorer.panels import panels
from explorer.panels.glossary import glossary
from explorer.panels.protocol import Panel

#: A word with two capitals or more.
SHORT = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Za-z0-9]+\b")
#: Models, libraries, makers, sets, people and formats of files are called by these.
NAMES = {
    *(
        "BART",
        "BERT",
        "BitNet",
        "DINOv2",
        "DeepSeek",
        "DeepSeekMoE",
        "GPT",
        "LLaMA",
        "LLaVA",
        "MiniLM",
        "OLMo",
        "OLMoE",
    ),
    *("PaLM", "SmolLM2", "XLM", "CCNet", "CUDA", "FastChat", "FineWeb", "GradScaler", "JetBrains", "MiniMax"),
    *("NumPy", "SAEBench", "SAELens", "SentencePiece", "TensorFlow", "nanoGPT", "GSM8K", "H2O", "KIVI", "ZBV"),
    *("ASCII", "BMP", "E2M1", "GIF", "HTML", "JPEG", "PNG", "WebP", "TeX"),
}
#: Everybody's, and what stands for a file in a command.
COMMON = {"CPU", "RAM", "NaN", "OK", "ID", "UTF", "JSON", "CSV", "URL", "PDF", "RECIPE"}


@cache
def explained() -> frozenset[str]:
    """The words by which the glossary's terms are found."""
    ways = (way for term in glossary() for way in (term["term"], *term.get("ways", ())))
    return frozenset(word for way in ways for word in re.findall(r"\w+", way))


def unexplained(text: str) -> set[str]:
    """The abbreviations of a text that no term explains.

    >>> sorted(unexplained("A KV cache, an XQZ and two XQZs of GPT"))
    ['XQZ', 'XQZs']
    """
    known = explained() | NAMES | COMMON
    return {word for word in SHORT.findall(text) if not {word, word.removesuffix("s")} & known}


def sentences(panel: Panel) -> Iterator[str]:
    yield from (panel.title, panel.about)
    for view in panel.views:
        yield from (view.title, view.about)
    for control in panel.controls:
        yield from (control.label, control.meaning)


@pytest.mark.parametrize("name", panels())
def test_a_panel_explains_its_abbreviations(name: str) -> None:
    assert unexplained(" ".join(sentences(panels()[name]))) == set()


def test_the_glossary_explains_its_own() -> None:
    assert {each["term"]: words for each in glossary() if (words := unexplained(each["text"]))} == {}


#: In a script: what is no sentence, then what is between the tags of a template, or a string of several words.
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|=>", re.DOTALL)
CODE = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
SAID = re.compile(r">\s*([A-Za-z][^<>`=;$&|{}\[\]+\n]*[a-z] [^<>`=;$&|{}\[\]+\n]*)<|\"([A-Za-z][^\"\n&|{}\[\]=+]*)\"")

#: Words of the browser in quotes: xMinYMin, ArrowUp.
MEMBER = re.compile(r"[a-z]+[A-Z]|Arrow")
#: Which matrices a tile of fast memory holds, letter by letter.
MATRICES = {"QK", "VO", "QKVO"}


def scripts() -> list[Path]:
    return sorted((places.assets() / "views").rglob("*.js"))


def test_scripts_explain_theirs() -> None:
    found: dict[str, set[str]] = {}
    for script in scripts():
        text = CODE.sub(" ", COMMENT.sub(" ", script.read_text("utf-8")))
        said = " ".join("".join(each) for each in SAID.findall(text))
        if words := {word for word in unexplained(said) if not MEMBER.match(word)} - MATRICES:
            found[script.stem] = words
    assert found == {}
