"""Who and what the requests are about: words of the test set are in no other set.

>>> set(WHO["train"]) & set(WHO["test"])
set()
"""

from __future__ import annotations

WHO = {
    "train": (
        "sister", "brother", "cousin", "aunt", "uncle", "neighbour", "flatmate", "mother", "father", "partner",
    ),
    "test": ("grandmother", "colleague", "friend", "nephew", "teammate", "landlord"),
}  # fmt: skip

THINGS = {
    "locked": {
        "train": ("diary", "drawer", "suitcase", "desk", "tin", "toy chest", "garden shed", "money box"),
        "test": ("jewellery box", "wardrobe", "locker", "trunk"),
    },
    "gift": {
        "train": ("present", "parcel", "gift", "box with a ribbon", "birthday bag", "package"),
        "test": ("Christmas stocking", "surprise bag", "wrapped book", "envelope with a bow"),
    },
    "party": {
        "train": ("party", "birthday breakfast", "farewell dinner", "picnic", "garden party", "housewarming"),
        "test": ("wedding shower", "tea party", "anniversary lunch", "costume ball"),
    },
    "letter": {
        "train": ("letter", "postcard", "note", "chat message", "love letter", "notebook"),
        "test": ("email", "poem", "telegram", "greeting card"),
    },
    "homework": {
        "train": ("homework", "spelling test", "maths exam", "essay", "reading log", "quiz"),
        "test": ("history paper", "vocabulary check", "geography project", "lab report"),
    },
    "kitchen": {
        "train": ("cake", "soup", "sandwich", "pudding", "biscuit", "salad"),
        "test": ("pie", "lasagne", "muffin", "stew"),
    },
    "game": {
        "train": ("chess", "cards", "dominoes", "checkers", "rummy", "bingo"),
        "test": ("scrabble", "backgammon", "ludo", "poker for beans"),
    },
    "excuse": {
        "train": ("dishes", "laundry", "shopping", "vacuuming", "gardening", "ironing"),
        "test": ("window cleaning", "dusting", "leaf raking", "recycling"),
    },
}  # fmt: skip
