"""The shelf: every card can be read, and says what a person should know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from explorer import zoo
from explorer.errors import BadRequestError, UnknownModelError, UnsupportedModelError
from explorer.zoo.card import COMPANION_KINDS, LANGUAGE_KINDS, Folder, Kind, Wheel, read_card

CARDS = zoo.shelf() | zoo.companion_cards()


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_every_card(card: zoo.Card) -> None:
    assert re.fullmatch(r"[a-z0-9.-]+", card.name)
    assert card.title
    assert card.licence
    assert card.weights_note
    assert card.summary.endswith(".")
    assert card.parameters > 0
    assert card.sources
    assert card.kind in (LANGUAGE_KINDS if card.name in zoo.shelf() else COMPANION_KINDS)
    assert card.weights is not None
    assert re.fullmatch("[0-9a-f]{64}", card.weights.sha256)
    assert card.download_bytes > 0 or card.folder is not None


def test_the_default_comes_first_and_needs_no_opting_in() -> None:
    card = zoo.find(zoo.DEFAULT)
    assert zoo.DEFAULT in zoo.shelf()
    assert not card.opt_in
    assert card.chat


def test_a_card_with_its_weights_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_text(
        'name="m"\ntitle="M"\nsummary="."\narchitecture="A"\nparameters=1\nlicence="MIT"\nweights_note="."\n[[sources]]\nkind="folder"\n'
    )
    card = read_card(path)
    assert card.sources == (Folder(tmp_path.resolve()),)
    assert not zoo.is_cached(card)


def test_a_companion_is_found_but_not_on_the_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path))
    for name, kind in (("speaks", "dense"), ("reads", "encoder"), ("translates", "encoder-decoder")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.toml").write_text(
            f'name="{name}"\ntitle="M"\nsummary="."\narchitecture="A"\nparameters=1\nlicence="MIT"\n'
            f'weights_note="."\nkind="{kind}"\n'
        )
    assert list(zoo.shelf()) == ["speaks"]
    assert set(zoo.companion_cards()) == {"reads", "translates"}
    assert list(zoo.companion_cards("encoder")) == ["reads"]
    assert zoo.find("reads").kind == "encoder"
    with pytest.raises(UnsupportedModelError, match="encoder"):
        zoo.load("reads")


def test_the_order_of_a_wheels_parts_is_kept() -> None:
    source = next(s for s in zoo.find("gemma3-270m").sources if isinstance(s, Wheel))
    assert [part.member[-2:] for part in source.parts] == ["00", "01", "02", "03"]


def test_unknown() -> None:
    with pytest.raises(UnknownModelError):
        zoo.find("nothing")


GOOD = {
    "name": '"m"', "title": '"M"', "summary": '"."', "architecture": '"A"', "parameters": "1", "licence": '"MIT"',
    "weights_note": '"."',
}  # fmt: skip


def written(folder: Path, more: str = "", **fields: str) -> Path:
    """A card whose fields are these, and the good ones for the rest; an empty one is left out."""
    path = folder / "tried" / "model.toml"
    path.parent.mkdir()
    lines = [f"{name} = {value}" for name, value in (GOOD | fields).items() if value]
    path.write_text("\n".join([*lines, more]), encoding="utf-8")
    return path


def test_the_kinds_are_those_of_the_shelf_and_the_companions() -> None:
    assert {*get_args(Kind)} == {*LANGUAGE_KINDS, *COMPANION_KINDS}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "title is missing."),
        ({"title": '""'}, "title is empty."),
        ({"title": "3"}, "title is 3; it should be a valid string."),
        ({"nonsense": "3"}, "there is no field nonsense."),
        ({"parameters": '"many"'}, "parameters is 'many'; it should be a valid integer."),
        ({"parameters": "true"}, "parameters is True; it should be a valid integer."),
        ({"weight_bits": "0"}, "weight_bits is 0; it should be greater than 0."),
        ({"parameters": "0"}, "parameters is 0; it should be greater than 0."),
        ({"name": '"../x"'}, "name is '../x'; it should be a name of letters, digits, _, . and -."),
        ({"kind": '"diffusion"'}, "kind is 'diffusion'; it should be 'dense', 'moe', "),
        ({"weights": "3"}, "weights is 3; it should be an object."),
        ({"weights": '{file = "f", bytes = -1, sha256 = ""}'}, "weights.bytes is -1; "),
        ({"weights": '{file = "f", bytes = 1, sha256 = "ab"}'}, "weights.sha256 is 'ab'; it should be 64 hexadecimal"),
        ({"weights": '{file = "/f", bytes = 1, sha256 = "ab"}'}, "weights.file is '/f'; it should be a name of"),
        ({"sources": "[{repo = 'a/b'}]"}, "sources.0.kind is missing; it should be wheel, hub or folder."),
        ({"sources": "[{kind = 'ftp'}]"}, "sources.0.kind is 'ftp'; it should be wheel, hub or folder."),
        ({"sources": "[{kind = 'hub', repo = 'a/b'}]"}, "sources.0.file is missing."),
        ({"sources": "[{kind = 'wheel', parts = []}]"}, "sources.0.parts is empty."),
        ({"sources": "[{kind = 'folder'}, 'a']"}, "sources.1 is 'a'; it should be an object."),
    ],
)
def test_a_card_that_makes_no_sense(fields: dict[str, str], said: str, tmp_path: Path) -> None:
    path = written(tmp_path, **fields)
    with pytest.raises(BadRequestError) as caught:
        read_card(path)
    assert caught.value.message.startswith(f"tried/model.toml: {said}")
    assert caught.value.hint == "Mend this card."


@pytest.mark.parametrize("text", [b"x = = 3", b"\xff\xfe"], ids=["no TOML", "no text"])
def test_a_card_that_is_no_toml(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_bytes(text)
    with pytest.raises(BadRequestError, match="is not TOML"):
        read_card(path)


def test_a_folder_of_a_card_lies_beside_it(tmp_path: Path) -> None:
    card = read_card(written(tmp_path, "[[sources]]\nkind = 'folder'\npath = '../elsewhere'"))
    assert card.folder == (tmp_path / "elsewhere").resolve()
