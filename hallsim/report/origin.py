"""What a report says of its own making: the scenario's files as written, the command line, the date.

Paths are shown as they were typed if they are relative; of others only the file's name, so that a report tells
nothing about the machine it was made on.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hallsim.errors import ScenarioError
from hallsim.model import Label
from hallsim.report.cleaning import Cleaning, cleaning_of
from hallsim.scenario.text import read_text

if TYPE_CHECKING:
    from hallsim.experiment.results import Results
    from hallsim.scenario import Scenario

MOST_TEXT = 100_000
"""Characters of a file that are printed; tables of arrivals can have millions."""
LARGEST_FILE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileText:
    """A file as printed: its name, its text, and after how many characters that was cut (0: not)."""

    name: str
    text: str
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from, as far as results do not know it.

    Attributes
    ----------
    files : tuple of FileText
        The scenario as written.
    changes : tuple of str
        What `--set` changed.
    command : str
        The command line that makes the report again.
    made : str
        The date to print; none if empty, so that the same run gives the same file.
    cleaning : Cleaning or None
        What became of a log's rows when it was read.
    notes : tuple of Label
        More to know about these numbers, a sentence each.
    """

    files: tuple[FileText, ...] = ()
    changes: tuple[str, ...] = ()
    command: str = ""
    made: str = ""
    cleaning: Cleaning | None = None
    notes: tuple[Label, ...] = ()


def files_of(hall: Scenario) -> tuple[FileText, ...]:
    """Return the files that a scenario was read from; those that are gone by now are left out."""
    found = []
    for file in hall.files:
        if not Path(file).is_file():
            continue
        try:
            text = read_text(file, LARGEST_FILE, "file")
        except ScenarioError:
            continue
        found.append(FileText(shown_path(file), text[:MOST_TEXT], MOST_TEXT if len(text) > MOST_TEXT else 0))
    return tuple(found)


def origin_of_run(
    scenario: str | Path, results: Results, changes: Iterable[str], path: str | Path, lang: str, made: str = ""
) -> Origin:
    """Return the origin of a run's report: the command line that makes it again, without the scenario's files.

    Parameters
    ----------
    scenario, path : the scenario's file and the report's, as typed
    changes : what `--set` changed
    lang : {"zh", "en", "both"}
    made : the date to print
    """
    options = [
        *_length(results),
        ("--seed", "" if results.seed is None else str(results.seed)),
        ("--engine", "" if results.engine == "batch" else results.engine),
        *(("--set", change) for change in changes),
        ("--report", shown_path(path)),
        ("--lang", lang),
        ("--date", made),
    ]
    words = ["hallsim", "run", shown_path(scenario), *_allowed(results)]
    return Origin(changes=tuple(changes), command=_command(words, options), made=made)


def origin_of_comparison(
    scenarios: Sequence[str | Path],
    variants: Iterable[str],
    results: Results,
    changes: Iterable[str],
    kpis: Iterable[str],
    path: str | Path,
    lang: str,
    made: str = "",
) -> Origin:
    """Return the origin of a comparison's report: the command line that makes it again; parameters as typed."""
    options = [
        *(("--variant", variant) for variant in variants),
        ("--reps", str(results.wanted)),
        ("--seed", str(results.seed)),
        *(("--kpi", kpi) for kpi in kpis),
        *(("--set", change) for change in changes),
        ("--report", shown_path(path)),
        ("--lang", lang),
        ("--date", made),
    ]
    words = ["hallsim", "compare", *(shown_path(scenario) for scenario in scenarios), *_allowed(results)]
    return Origin(changes=tuple(changes), command=_command(words, options), made=made)


def origin_of_plan(
    scenario: str | Path,
    options: Sequence[tuple[str, str]],
    changes: Iterable[str],
    path: str | Path,
    lang: str,
    made: str = "",
) -> Origin:
    """Return the origin of a plan's report: the command line that makes it again; `options` as typed."""
    changes = tuple(changes)
    last = [("--report", shown_path(path)), ("--lang", lang), ("--date", made)]
    options = [*options, *(("--set", change) for change in changes), *last]
    return Origin(changes=changes, command=_command(["hallsim", "staff", shown_path(scenario)], options), made=made)


def command_of(
    words: Sequence[str], logs: Iterable[str | Path], options: Sequence[tuple[str, str]], path: str | Path
) -> str:
    """Return the command line that makes the report of a log's calibration or back-test; `options` as typed."""
    return _command([*words, *map(shown_path, logs)], [*options, ("--report", shown_path(path))])


def _command(words: Sequence[str], options: Sequence[tuple[str, str]]) -> str:
    """Return a command line: its first words, and the options that have a value."""
    return shlex.join([*words, *(word for option in options if option[1] for word in option)])


def _allowed(results: Results) -> list[str]:
    """Return the option without which Python code decides nothing, where it did."""
    return ["--allow-code"] if results.code else []


def _length(results: Results) -> list[tuple[str, str]]:
    """Return the options that say how many replications there are."""
    asked = results.precision
    if asked is None:
        return [("--reps", str(results.wanted))]
    return [*(("--precision", found.aim.written) for found in asked.aims), ("--most", str(asked.most))]


def origin_of_log(log: str | Path, path: str | Path, lang: str, made: str = "") -> Origin:
    """Return the origin of a log's report: the command line that makes it again, and how the log was cleaned.

    Raises
    ------
    LogError
        If a file beside the log claims to be its cleaning report and is none.
    """
    words = ["hallsim", "report", shown_path(log), "--out", shown_path(path), "--lang", lang]
    words += ["--date", made] if made else []
    return Origin(command=shlex.join(words), made=made, cleaning=cleaning_of(log))


def shown_path(path: str | Path) -> str:
    """Return a path as the report shows it.

    >>> shown_path("scenarios/hall.yaml"), shown_path("../elsewhere/hall.yaml")
    ('scenarios/hall.yaml', 'hall.yaml')
    """
    path = Path(path)
    return path.name if path.is_absolute() or ".." in path.parts else path.as_posix()
