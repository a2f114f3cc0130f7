"""Personal data are replaced, not dropped: mail addresses, public network addresses, card numbers.

Mail and network addresses by datatrove's expressions, in turn by addresses that nobody has; a card number is replaced
where its check digit holds (Luhn, ISO/IEC 7812-1). A person's name or a street is not found by any rule here.

>>> text, found = replaced("Write to jo@mail.test from 9.8.7.6, not 10.0.0.1; card 4539 1488 0343 6467.")
>>> text
'Write to email@example.com from 22.214.171.124, not 10.0.0.1; card 0000 0000 0000 0000.'
>>> [(each.kind, each.start, each.stop) for each in found]
[('mail', 9, 21), ('network address', 27, 34), ('card', 55, 74)]
>>> luhn("4539 1488 0343 6467"), luhn("4539 1488 0343 6468")
(True, False)
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from itertools import cycle

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
_MAIL = re.compile(
    rf"\b{_ATOM}(?:\.{_ATOM})*@(?:(?:{_LABEL}\.)+{_LABEL}"
    rf"|\[(?:{_BYTE}\.){{3}}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?|[A-Za-z0-9-]*[A-Za-z0-9]:)])"
)
_ADDRESS = re.compile(rf"(?:{_BYTE}\.){{3}}{_BYTE}")
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
#: What stands in their place, in turn: datatrove's.
MAILS = ("email@example.com", "firstname.lastname@example.org")
ADDRESSES = (
    "22.214.171.124", "126.96.36.199", "188.8.131.52", "184.108.40.206", "220.127.116.11", "18.104.22.168",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A piece of the text that was replaced."""

    kind: str
    start: int
    stop: int
    by: str


def replaced(text: str) -> tuple[str, tuple[Found, ...]]:
    """The text with other data in place of personal ones, and where they stood in the text that was given."""
    found: list[Found] = []
    mails, addresses = cycle(MAILS), cycle(ADDRESSES)
    found += (Found("mail", *each.span(), next(mails)) for each in _MAIL.finditer(text))
    taken = [(each.start, each.stop) for each in found]
    for kind, pattern, counts in (("network address", _ADDRESS, _is_public), ("card", _CARD, luhn)):
        for each in pattern.finditer(text):
            free = all(each.end() <= start or stop <= each.start() for start, stop in taken)
            if free and counts(each[0]):
                by = next(addresses) if kind != "card" else re.sub(r"\d", "0", each[0])
                found.append(Found(kind, *each.span(), by))
                taken.append(each.span())
    found.sort(key=lambda each: each.start)
    pieces, at = [], 0
    for each in found:
        pieces += [text[at : each.start], each.by]
        at = each.stop
    return "".join((*pieces, text[at:])), tuple(found)


def luhn(number: str) -> bool:
    """Whether the check digit holds: every second digit from the right doubled, digits summed, a multiple of ten."""
    digits = [int(c) for c in number if c.isdigit()]
    doubled = (sum(divmod(2 * d, 10)) if at % 2 else d for at, d in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0 and any(digits)


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:  # a byte with a leading zero
        return False
