"""The settings of a server: what the environment may say, and whom the server answers."""

from __future__ import annotations

import pytest

from explorer.errors import BadRequestError
from explorer.shell.bounds import BOUNDS
from explorer.shell.settings import Settings
from tests.conftest import ROOT


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1", "[::1]", ""])
def test_on_loopback_a_server_is_its_owners(host: str) -> None:
    assert not Settings.read({"HOST": host}).public


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "demo.example"])
def test_anywhere_else_it_is_public(host: str) -> None:
    assert Settings.read({"HOST": host}).public
    assert Settings.read({}, host).public
    assert not Settings.read({"HOST": host, "EXPLORER_PUBLIC": "0"}).public


@pytest.mark.parametrize(
    ("said", "public"), [("1", True), ("true", True), ("Yes", True), ("ON", True), ("False", False)]
)
def test_public_means_what_it_says(said: str, public: bool) -> None:
    assert Settings.read({"EXPLORER_PUBLIC": said}).public is public
    assert Settings.read({"EXPLORER_PUBLIC": said, "HOST": "0.0.0.0"}).public is public


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PORT", "abc"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "²"),
        ("EXPLORER_PUBLIC", "maybe"),
        ("EXPLORER_TRACE_BYTES", "many"),
        ("EXPLORER_MAX_LOADED", "two"),
        ("EXPLORER_DEVICE", "gpu"),
        ("EXPLORER_DTYPE", "fp8"),
        ("EXPLORER_SHELF_BYTES", "-1"),
        ("EXPLORER_CHECKPOINT_BYTES", "a lot"),
        ("EXPLORER_HOSTS", "https://demo.example/"),
        ("EXPLORER_HOSTS", "a, *.example"),
        ("EXPLORER_PROXIES", "*"),
        ("EXPLORER_PROXIES", "10.0.0.1/8"),
        ("EXPLORER_PROXIES", "proxy.example"),
        ("EXPLORER_FRAME_ANCESTORS", "https://a.example; script-src *"),
        ("EXPLORER_FRAME_ANCESTORS", "a b"),
        ("EXPLORER_LOGS", "xml"),
        ("EXPLORER_METRICS", "perhaps"),
        *((each.variable, "-1") for each in BOUNDS),
        *((each.variable, str(each.most + 1)) for each in BOUNDS),
    ],
)
def test_a_wrong_value_is_told(name: str, said: str) -> None:
    with pytest.raises(BadRequestError, match=name) as caught:
        Settings.read({name: said})
    assert caught.value.hint


def test_what_is_given_goes_before_the_environment() -> None:
    settings = Settings.read({"HOST": "0.0.0.0", "PORT": "8000", "EXPLORER_TRACE_BYTES": "5"}, "::1", 0)
    assert (settings.host, settings.port, settings.bounds.trace_bytes) == ("::1", 0, 5)
    assert settings.address == "http://[::1]:0"
    assert Settings.read({"HOST": "", "PORT": ""}) == Settings()


STRANGERS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:7860",
    "user@localhost",
    "",
    "a b",
    "[::1",
]


@pytest.mark.parametrize("host", STRANGERS)
def test_on_loopback_no_other_name_is_answered(host: str) -> None:
    assert not Settings.read({}).answers_to(host)


def test_names_that_are_answered() -> None:
    local = Settings.read({"EXPLORER_HOSTS": "Demo.Example, 10.0.0.5,"})
    for host in (
        "localhost:1",
        "LOCALHOST",
        "127.0.0.1:7860",
        "[::1]:80",
        "demo.example:444",
        "demo.example.",
        "10.0.0.5",
    ):
        assert local.answers_to(host), host
    assert not local.answers_to("10.0.0.6")
    lan = Settings.read({"HOST": "0.0.0.0", "EXPLORER_PUBLIC": "0"})
    assert lan.answers_to("192.168.1.4:7860")
    assert not lan.answers_to("evil.example"), "its name may have been made to resolve to this address"
    public = Settings.read({"HOST": "0.0.0.0"})
    assert public.answers_to("any.example")
    named = Settings.read({"HOST": "0.0.0.0", "EXPLORER_HOSTS": "demo.example"})
    assert named.answers_to("demo.example")
    assert named.answers_to("10.1.2.3:7860"), "a health check by address"
    assert not named.answers_to("any.example")


def test_origins() -> None:
    settings = Settings.read({"EXPLORER_HOSTS": "demo.example"})
    for origin, host in [
        ("http://127.0.0.1:7860", "127.0.0.1:7860"),
        ("http://[::1]:80", "[::1]"),
        ("https://other.example", "other.example"),
        ("https://demo.example", "127.0.0.1:7860"),
    ]:
        assert settings.trusts(origin, host), origin
    for origin in (
        "null",
        "",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://evil.example",
        "file://",
        "http://",
    ):
        assert not settings.trusts(origin, "127.0.0.1:7860"), origin


def test_a_public_server_is_bounded_and_an_own_one_hardly() -> None:
    own, public = Settings.read({}).bounds, Settings.read({"HOST": "0.0.0.0"}).bounds
    assert (own.runs, own.looks, own.run_seconds, own.job_seconds) == (0, 0, 0, 0)
    assert all((public.runs, public.looks, public.run_seconds, public.job_seconds))
    assert public.prompt_tokens < own.prompt_tokens
    for each in BOUNDS:
        assert each.least <= min(each.local, each.public)
        assert getattr(Settings.read({each.variable: str(each.most)}).bounds, each.name) == each.most


def test_the_operators_table_is_what_holds() -> None:
    text = (ROOT / "docs" / "guides" / "operators.md").read_text()
    for each in BOUNDS:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{each.variable}`"))
        assert [cell.strip() for cell in row.split("|")[2:5]] == [each.about, said(each.local), said(each.public)]


def said(number: int) -> str:
    """Whole GB and MB, as the page counts them; of any other number all digits.

    >>> said(10**9), said(64 * 10**6), said(1 << 30), said(0), said(2048)
    ('1 GB', '64 MB', '1,073,741,824', 'none', '2,048')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if number >= unit and number % unit == 0:
            return f"{number // unit} {name}"
    return f"{number:,}" if number else "none"


def test_a_store_is_named_by_the_environment_and_its_address_in_no_sentence() -> None:
    with pytest.raises(BadRequestError, match="EXPLORER_STORE is no address") as caught:
        Settings.read({"EXPLORER_STORE": "http://me:secret@10.0.0.1/"})
    assert "secret" not in str(caught.value)
    assert "10.0.0.1" not in str(caught.value)
