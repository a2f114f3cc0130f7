"""Every lesson that comes with the explorer, walked: the runs bear out what it says, and a false claim is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explorer.errors import BadRequestError
from explorer.lessons.catalogue import folder, lessons, read_file
from explorer.lessons.reading import read
from explorer.panels import panels
from explorer.shell.lessons.check import walk
from explorer.shell.lessons.commands import lessons as lessons_commands
from tests.tiers import spread

FILES = sorted(folder().glob("*.md"))
TOUR = (folder() / "five-minutes.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("path", spread(FILES, 2), ids=lambda path: path.stem)
def test_the_runs_bear_out_every_lesson(path: Path) -> None:
    lesson = read_file(path)
    assert 4 <= len(lesson.steps) <= 7
    for walked in walk(lesson):
        assert not walked.findings, "\n".join(map(str, walked.findings))
        assert walked.n_claims


def test_each_chapter_has_a_lesson_and_the_tour_comes_first() -> None:
    found = list(lessons().values())
    assert found[0].name == "five-minutes"
    assert {each.chapter for each in found} == {panel.chapter for panel in panels().values()}


def first_step(text: str) -> str:
    """The file with its first step only."""
    return "## ".join(text.split("## ")[:2])


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('claim: top_token() == " Mary"', 'claim: top_token() == " John"', "does not hold on the run"),
        ('probability(" John") < 0.01', 'probability(" John") < 0.001', "0 of 3 choices"),
        ('probability(" John") > 0.3', 'probability(" John") > 0.001', "2 of 3 choices"),
        ("{n_parameters()}", "{n_experts() + expert()}", "no experts"),
        ("token(3)", "token(99)", "position 99"),
        ("?panel=walk&view=river&layer=12&head=0", "?panel=routing&view=matrix", "dense model"),
    ],
)
def test_what_the_run_does_not_bear_out_is_found(right: str, wrong: str, said: str) -> None:
    text = first_step(TOUR)
    assert right in text
    assert not next(walk(read(text))).findings
    findings = next(walk(read(text.replace(right, wrong)))).findings
    assert said in "\n".join(map(str, findings))
    assert all(each.line > 8 for each in findings)


@pytest.mark.usefixtures("model")
def test_a_step_that_claims_nothing_and_one_whose_answer_is_selected_are_found() -> None:
    head, _, _ = TOUR.partition("## ")
    bare = head + "## A\n\n```show\n?panel=tokens&view=table\n```\n\nText.\n"
    assert "claims nothing" in str(next(walk(read(bare))).findings[0])
    asks = "```ask\nquestion: Which?\npick: layer\nanswer: strongest_mlp(' Mary')\n```\n"
    there = head + f"## A\n\n```show\n?panel=walk&view=river&layer=29&head=0\n```\n\n{asks}"
    assert "selected already" in str(next(walk(read(there))).findings[0])


def test_a_folder_of_ones_own_and_the_command_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "mine.md").write_text(first_step(TOUR), encoding="utf-8")
    (tmp_path / "broken.md").write_text("nothing", encoding="utf-8")
    found = lessons(tmp_path)
    assert "mine" in found
    assert "broken" not in found
    assert "broken.md is left out: Line 1" in caplog.text
    said = subprocess.run(
        [sys.executable, "-m", "explorer", "lessons", "check", str(tmp_path / "broken.md")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 2
    assert "Line 1: the file does not begin with its front matter" in said.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("why_mary", "small letters a to z, digits and hyphens only, and this one has “_”"),
        ("Why-Mary", "this one has “W”, “M”"),
        ("-mary", "begins with a letter or a digit"),
        ("m" * 41, "at most 40 characters, and this one has 41"),
    ],
)
def test_a_file_is_told_what_is_wrong_with_its_name(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / f"{name}.md"
    path.write_text(first_step(TOUR), encoding="utf-8")
    with pytest.raises(BadRequestError) as found:
        read_file(path)
    assert said in str(found.value)


@pytest.mark.usefixtures("model")
def test_a_false_claim_is_not_counted_among_those_that_hold(tmp_path: Path) -> None:
    text = first_step(TOUR)
    walked = next(walk(read(text)))
    assert (walked.n_held, walked.n_claims) == (4, 4)
    path = tmp_path / "false.md"
    path.write_text(text.replace('claim: top_token() == " Mary"', 'claim: top_token() == " John"'), encoding="utf-8")
    said = CliRunner().invoke(lessons_commands, ["check", str(path)])
    assert said.exit_code == 1
    assert "1. A word to guess: 3 of 4 hold on the run" in said.output
    assert '“top_token() == " John"” does not hold on the run' in said.output
    unsaid = next(walk(read(text.replace("token(3)", "token(99)"))))
    assert (unsaid.n_held, unsaid.n_claims) == (3, 4), "what cannot be said does not hold"
