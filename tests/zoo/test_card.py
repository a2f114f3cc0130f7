"""The shelf: every card can be read, and says what a person should know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer import zoo
from explorer.errors import UnknownModelError, UnsupportedModelError
from explorer.zoo.card import COMPANION_KINDS, LANGUAGE_KINDS, Folder, Wheel, read_card

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
