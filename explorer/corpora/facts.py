"""Facts of one relation each: a sentence whose last word is a fact about its subject.

In the manner of Meng et al. 2022 (arXiv 2202.05262); written here, of countries, their capitals, languages and
continents. Whether a model knows one is measured where it is used.

>>> RELATIONS["capital"].format("France"), OBJECTS["capital"]["France"]
('The capital of France is the city of', 'Paris')
"""

from __future__ import annotations

from typing import Literal

Relation = Literal["capital", "language", "continent"]
RELATIONS: dict[Relation, str] = {
    "capital": "The capital of {} is the city of",
    "language": "The official language of {} is",
    "continent": "The country of {} is on the continent of",
}
OBJECTS: dict[Relation, dict[str, str]] = {
    "capital": {
        "France": "Paris", "Italy": "Rome", "Spain": "Madrid", "Germany": "Berlin", "Russia": "Moscow",
        "Japan": "Tokyo", "England": "London", "Austria": "Vienna", "Greece": "Athens", "Egypt": "Cairo",
        "Portugal": "Lisbon", "Poland": "Warsaw", "Ireland": "Dublin", "Cuba": "Havana", "Kenya": "Nairobi",
        "China": "Beijing",
    },
    "language": {
        "Brazil": "Portuguese", "Mexico": "Spanish", "Austria": "German", "Egypt": "Arabic", "Japan": "Japanese",
        "China": "Chinese", "Russia": "Russian", "Italy": "Italian", "France": "French", "Greece": "Greek",
    },
    "continent": {
        "Kenya": "Africa", "Egypt": "Africa", "Japan": "Asia", "India": "Asia", "Spain": "Europe", "Poland": "Europe",
        "Peru": "South", "Canada": "North",
    },
}  # fmt: skip
