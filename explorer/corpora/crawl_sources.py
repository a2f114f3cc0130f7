"""What a large crawl is made of besides prose: encyclopaedias in two more languages, messages in eight, and code.

The messages are Django's own translations, some of one language a page. Nothing of a package is executed.
"""

from __future__ import annotations

import ast
import re
import zipfile

from explorer.corpora import readers, texts
from explorer.fetching.progress import Progress, silent

LANGUAGES = ("de", "it", "nl", "pl", "pt", "ru", "sv", "tr")
#: Messages of a page, characters of one at least, and characters of a page of code.
MESSAGES, SHORTEST, CODE = 12, 25, 1500
#: Texts of each language, at most.
OF_EACH = 200
_STRING = re.compile(r'^msgstr (".*"(?:\n".*")*)$', re.MULTILINE)
_PLACE = re.compile(r"%\(?\w*\)?[sd]|%%|\{[^{}]*\}|&\w+;")


def other_languages(progress: Progress = silent) -> list[str]:
    """Texts in French, Spanish and the languages of the messages, as many of each; short lists are read again."""
    archive = texts.archive(texts.find("encyclopaedia").packages[0], progress)
    found = (readers.encyclopaedia_french([archive]), readers.encyclopaedia_spanish([archive]), *messages(progress))
    return [each[at % len(each)] for at in range(OF_EACH) for each in found]


def messages(progress: Progress = silent) -> list[list[str]]:
    """The pages of each language."""
    package = next(each for each in texts.find("python-code").packages if each.requirement.startswith("django"))
    made = []
    with zipfile.ZipFile(texts.archive(package, progress)) as wheel:
        for language in LANGUAGES:
            names = sorted(
                name for name in wheel.namelist() if name.endswith(f"locale/{language}/LC_MESSAGES/django.po")
            )
            held = [said for name in names for said in translated(wheel.read(name).decode())]
            made.append(["\n\n".join(held[at : at + MESSAGES]) for at in range(0, len(held) - MESSAGES + 1, MESSAGES)])
    return made


def translated(file: str) -> list[str]:
    """The longer translations of a .po file, without the places of values.

    >>> translated('msgid "a"\\nmsgstr ""\\n"Das Feld %s ist "\\n"kein gültiges Datum."\\n')
    ['Das Feld ist kein gültiges Datum.']
    """
    joined = ("".join(ast.literal_eval(line) for line in each[1].split("\n")) for each in _STRING.finditer(file))
    plain = (" ".join(_PLACE.sub("", each).split()) for each in joined if "charset=" not in each)
    return [each for each in plain if len(each) >= SHORTEST]


def code(progress: Progress = silent) -> list[str]:
    """Beginnings of modules, whole lines."""
    made = []
    for text in texts.load("python-code", progress).documents:
        lines, size = [], 0
        for line in text.splitlines():
            size += len(line) + 1
            if size > CODE:
                break
            lines.append(line)
        made.append("\n".join(lines))
    return sorted(set(made))
