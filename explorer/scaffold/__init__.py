"""What a new panel, mechanism or model begins with: ``python -m explorer new``.

`templates` mirrors the checkout. In a template's path and text CHAPTER, NAME, DASH (the name with -), CAMEL, TITLE and
ORDER stand for those of the new one. All files are written, or none.
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from explorer import places
from explorer.errors import BadRequestError
from explorer.panels.chapters import CHAPTERS

TEMPLATES = Path(__file__).parent / "templates"
#: The rooms of a panel's Python files, each a package a chapter; and what a mechanism alone begins with.
ROOMS = ("stack", "experiments", "figures", "panels")
MECHANISM = ("explorer/stack/CHAPTER/NAME.py", "tests/stack/CHAPTER/test_NAME.py")
#: For a chapter that has none: each that has panels has one.
LESSON = Path("assets/lessons/CHAPTER.md")
LONGEST = 30
_MARKS = re.compile("CHAPTER|NAME|DASH|CAMEL|TITLE|ORDER")
_TERM = "The length of each vector of the residual stream: the square root of the sum of its squares."


def new_panel(place: str, root: Path | None = None) -> list[Path]:
    """Write the skeleton of the panel `<chapter>/<name>`; the files, those that changed last.

    Raises BadRequestError for a name that will not do, and where something of that name is there already.
    """
    root = root or checkout()
    chapter, name = _parted(place)
    if taken := next(root.glob(f"explorer/panels/*/{name}.py"), None):
        raise BadRequestError(f"There is a panel {name} already: {taken.relative_to(root)}.", "Choose another name.")
    words = _words(chapter, name) | {"ORDER": str(_next_order(root, chapter))}
    wanted = [path for path in _templates() if path != LESSON or not _taught(root, chapter)]
    files = _filled(wanted, words)
    files |= _packages(root, chapter, ROOMS)
    glossary, types = Path(f"assets/glossary/{chapter}.json"), Path(f"assets/types/{chapter}.d.ts")
    terms = _with_term(root, glossary, words["TITLE"], name)
    for path, text in ((glossary, terms), (types, "")):
        if not (root / path).exists():
            files[path] = text
    before = {each: (root / each).read_bytes() for each in (glossary, types) if each not in files}
    made = _write(root, files)
    try:
        (root / glossary).write_text(terms, encoding="utf-8")
        _write_types(root)
    except BaseException:
        for path, content in before.items():
            (root / path).write_bytes(content)
        _remove(made)
        raise
    return [*made, *(root / each for each in before)]


def new_mechanism(place: str, root: Path | None = None) -> list[Path]:
    """Write a mechanism `<chapter>/<name>` with its tests. Raises BadRequestError, as `new_panel` does."""
    root = root or checkout()
    chapter, name = _parted(place)
    files = _filled([Path(each) for each in MECHANISM], _words(chapter, name))
    return _write(root, files | _packages(root, chapter, ("stack",)))


def checkout() -> Path:
    """The checkout that this package lies in. Raises BadRequestError where it is installed."""
    root = places.PACKAGE.parent
    if not (root / "pyproject.toml").is_file():
        raise BadRequestError("Files are added to a checkout, and this is an installed package.", "Clone the sources.")
    return root


# ---- names -----------------------------------------------------------------------------------------------------------


def _parted(place: str) -> tuple[str, str]:
    """Chapter and name. Raises BadRequestError where they will not do.

    >>> _parted("systems/flash_attention")
    ('systems', 'flash_attention')
    """
    chapter, _, name = place.partition("/")
    chapters = [each for each in CHAPTERS if each != "overview"]  # the walk has no mechanisms of its own
    if chapter not in chapters or not name:
        raise BadRequestError(f"“{place[:80]}” is no chapter/name.", f"Chapters: {', '.join(chapters)}.")
    if not re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > LONGEST:
        raise BadRequestError(
            f"“{name[:80]}” is no name for a module.", f"At most {LONGEST} small letters, digits and _, as in kv_cache."
        )
    if keyword.iskeyword(name) or name.endswith("_views"):
        raise BadRequestError(f"“{name}” means something else already.", "Choose another name.")
    return chapter, name


def _words(chapter: str, name: str) -> dict[str, str]:
    """What stands for each mark.

    >>> sorted(_words("systems", "kv_reads").values())
    ['Kv reads', 'KvReads', 'kv-reads', 'kv_reads', 'systems']
    """
    return {
        "CHAPTER": chapter,
        "NAME": name,
        "DASH": name.replace("_", "-"),
        "CAMEL": "".join(part.capitalize() for part in name.split("_")),
        "TITLE": name.replace("_", " ").capitalize(),
    }


def _next_order(root: Path, chapter: str) -> int:
    declared = [path.read_text(encoding="utf-8") for path in root.glob(f"explorer/panels/{chapter}/*.py")]
    return 10 + max((int(n) for text in declared for n in re.findall(r"^    order=(\d+),", text, re.M)), default=0)


# ---- contents --------------------------------------------------------------------------------------------------------


def _templates() -> list[Path]:
    """All of them, as paths in the checkout."""
    found = (path.relative_to(TEMPLATES).with_suffix("") for path in TEMPLATES.rglob("*.template"))
    return sorted(path for path in found)


def _taught(root: Path, chapter: str) -> bool:
    """Whether a lesson is of the chapter."""
    lessons = (path.read_text(encoding="utf-8") for path in root.glob("assets/lessons/*.md"))
    return any(re.search(rf"^chapter: *{chapter}$", text, re.M) for text in lessons)


def _filled(templates: list[Path], words: Mapping[str, str]) -> dict[Path, str]:
    def fill(text: str) -> str:
        return _MARKS.sub(lambda mark: words[mark[0]], text)

    return {
        Path(fill(path.as_posix())): fill((TEMPLATES / f"{path}.template").read_text(encoding="utf-8"))
        for path in templates
    }


def _packages(root: Path, chapter: str, rooms: tuple[str, ...]) -> dict[Path, str]:
    """What makes packages of the chapter's rooms, where it is new there."""
    paths = [Path("explorer") / room / chapter / "__init__.py" for room in rooms]
    return {path: f'"""{CHAPTERS[chapter].title}."""\n' for path in paths if not (root / path).exists()}


def _with_term(root: Path, path: Path, title: str, panel: str) -> str:
    """The chapter's terms and one more. Raises BadRequestError where the glossary has it."""
    said = {each: json.loads(each.read_text(encoding="utf-8")) for each in root.glob("assets/glossary/*.json")}
    if any(each["term"].lower() == title.lower() for terms in said.values() for each in terms):
        raise BadRequestError(f"The glossary knows “{title.lower()}” already.", "Choose another name.")
    terms = said.get(root / path, [])
    terms.append({"term": title.lower(), "text": _TERM, "panel": panel})
    return json.dumps(terms, indent=1, ensure_ascii=False) + "\n"


# ---- files -----------------------------------------------------------------------------------------------------------


def _write(root: Path, files: Mapping[Path, str]) -> list[Path]:
    """Write all, or none. Raises BadRequestError where one is there already."""
    if there := next((path for path in files if (root / path).exists()), None):
        raise BadRequestError(f"{there} is there already.", "Choose another name.")
    made: list[Path] = []
    try:
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            made.append(target)
            target.write_text(text, encoding="utf-8")
    except BaseException:
        _remove(made)
        raise
    return made


def _remove(made: list[Path]) -> None:
    """Take files away, and folders that are empty then."""
    for path in made:
        path.unlink(missing_ok=True)
        for folder in path.parents:
            try:
                folder.rmdir()
            except OSError:  # something else is in it
                break


def _write_types(root: Path) -> None:
    """In a process of its own, which reads the checkout as it now is. Raises BadRequestError."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "explorer", "types"], cwd=root, capture_output=True, text=True, timeout=120
    )  # without .pyc files: a folder that is not wanted in the end must be empty
    if done.returncode:
        said = (done.stderr.strip() or "it says nothing").splitlines()[-1]
        raise BadRequestError(f"The payloads’ types could not be written: {said}", "Nothing was added.")
