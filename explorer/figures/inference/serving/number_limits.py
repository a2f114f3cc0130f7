"""What a number that a visitor writes may be, and the sentence that refuses one that it may not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: What a control may hold.
Said = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class NumberLimits:
    """What one number may be, and what it begins with."""

    label: str
    low: int
    high: int
    start: float | int
    unit: str = ""
    broken: bool = False
    """Whether it may have digits after the point."""

    def read(self, said: Said) -> float | int | None:
        """The number that was written, if it may be one.

        >>> users = NumberLimits(label="Users", low=1, high=99, start=1)
        >>> peak = NumberLimits(label="Peak", low=0, high=99, start=1, unit="TFLOP/s", broken=True)
        >>> users.read("12"), users.read(8.0), users.read("1e99"), users.read("2.5"), users.read("")
        (12, 8, None, None, None)
        >>> users.read("１２") is users.read(None) is None
        True
        >>> peak.read("2.5"), peak.read("nan"), peak.read("-0.1")
        (2.5, None, None)
        """
        if said is None or not str(said).isascii():  # digits of other scripts: the page reads none
            return None
        try:
            number = float(said)
        except (ValueError, OverflowError):
            return None
        if not self.low <= number <= self.high or not (self.broken or number.is_integer()):  # NaN is no such number
            return None
        return number if self.broken else int(number)

    def refusal(self, said: Said) -> str:
        """
        >>> NumberLimits(label="Memory", low=1, high=10000, start=24, unit="GB", broken=True).refusal("-3")
        'Memory is −3: a number from 1 to 10,000 GB is needed.'
        """
        written = str(said).strip()[:20].replace("-", "−") or "empty"
        kind = "number" if self.broken else "whole number"
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.label} is {written}: a {kind} from {self.low:,} to {self.high:,}{unit} is needed."


def read_all(
    controls: Mapping[str, Said], limits: Mapping[str, NumberLimits]
) -> tuple[dict[str, float | int], dict[str, str]]:
    """(each number, or its start where it is refused; why those that are refused are)

    >>> users = NumberLimits(label="Users", low=1, high=99, start=1)
    >>> cards = NumberLimits(label="Cards", low=1, high=9, start=2)
    >>> read_all({"users": "-5"}, {"users": users, "cards": cards})
    ({'users': 1, 'cards': 2}, {'users': 'Users is −5: a whole number from 1 to 99 is needed.'})
    """
    numbers, wrong = {}, {}
    for name, each in limits.items():
        said = controls.get(name, each.start)
        number = each.read(said)
        numbers[name] = each.start if number is None else number
        if number is None:
            wrong[name] = each.refusal(said)
    return numbers, wrong
