"""The user guide does what it says: its commands run, in order, and print what is shown."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "hallsim" / "docs"
GUIDE, POLICIES, EXPORT = (
    (DOCS / name).read_text(encoding="utf-8") for name in ("guide.md", "policies.md", "from_export_to_scenario.md")
)
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield language, file name and text of every fenced block."""
    for found in BLOCK.finditer(page):
        yield found.group(1), found.group(2) or "", found.group(3)


def missing(shown: str, printed: str) -> str:
    """Return the first line shown that is not printed in its turn, or nothing; `…` stands for any lines."""
    rest = [line.rstrip() for line in printed.splitlines()]
    for line in shown.splitlines():
        if line.strip() in ("", "…"):
            continue
        if line.rstrip() not in rest:
            return line
        rest = rest[rest.index(line.rstrip()) + 1 :]
    return ""


def follow(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Write the files of a page, run its commands, and compare what they print with what it shows."""
    from hallsim.cli import exit_code

    printed = ""
    for language, name, text in sections(page):
        if language in ("yaml", "python", "csv"):
            Path(name).write_text(text, encoding="utf-8")
        elif language == "sh":
            printed = ""
            for command in text.splitlines():
                program, *arguments = shlex.split(command)
                assert program == "hallsim"
                assert exit_code(arguments) == 0, command
                printed += capsys.readouterr().out
        else:
            assert language == "text"
            assert missing(text, printed) == "", printed


def test_the_guide_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "calibration" / "examples", tmp_path / "calibration" / "examples")
    monkeypatch.chdir(tmp_path)
    follow(GUIDE, capsys)
    for report in ("march.html", "march_replay.html", "hall.html"):
        assert Path(report).stat().st_size > 100_000


def test_the_page_from_an_export_to_a_scenario_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("examples", "counts"):
        shutil.copytree(ROOT / "calibration" / folder, tmp_path / "calibration" / folder)
    monkeypatch.chdir(tmp_path)
    follow(EXPORT, capsys)


def test_the_page_on_decisions_in_python_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    follow(POLICIES, capsys)


def test_every_page_named_in_the_guide_exists() -> None:
    named = re.findall(r"\]\(([\w./]+)\)", GUIDE)
    assert named
    assert [name for name in named if not (ROOT / "hallsim" / "docs" / name).exists()] == []
