"""What README.md shows works: its commands, its scenario, its Python."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_two_commands_take_one_line_each() -> None:
    commands = blocks("sh")
    assert [len(command.splitlines()) for command in commands] == [1, 1]
    assert "hallsim run scenarios/flagship_hall.yaml" in commands[0]
    assert "pytest" in commands[1]


def test_the_scenario_shown_passes_the_check(tmp_path: Path) -> None:
    from hallsim.scenario import check

    (shown,) = blocks("yaml")
    path = tmp_path / "hall.yaml"
    path.write_text(shown, encoding="utf-8")
    assert [str(complaint) for complaint in check(path)] == []


@pytest.mark.parametrize("code", blocks("python"))
def test_python_examples_run(code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out


def test_every_option_named_exists(capsys: pytest.CaptureFixture[str]) -> None:
    from hallsim.cli import exit_code

    for cell in re.findall(r"^\| `hallsim (.*)\|$", README, re.MULTILINE):
        command = re.split(r"[ `]", cell)[0]
        assert exit_code([command, "--help"]) == 0
        usage = capsys.readouterr().out
        assert [o for o in re.findall(r"--\w+", cell) if o not in usage] == []


def test_every_path_named_exists() -> None:
    named = re.findall(r"\]\(([\w./]+)\)", README)
    named += [word for command in blocks("sh") for word in shlex.split(command) if word.startswith("scenarios/")]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_description_of_the_scenario_language_is_up_to_date() -> None:
    from hallsim.scenario import scenario_docs

    written = (ROOT / "hallsim" / "docs" / "scenario.md").read_text(encoding="utf-8")
    assert written == scenario_docs(), "generate hallsim/docs/scenario.md anew from hallsim.scenario.scenario_docs()"
