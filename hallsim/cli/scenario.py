"""`hallsim check`, `hallsim schema`, `hallsim new`: everything about the scenario file itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import BAD_INPUT, check_output, say
from hallsim.errors import UsageError
from hallsim.files import atomic_write


def check(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files (YAML).")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change an entry before checking.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the complaints as JSON.")] = False,
) -> None:
    """Check scenario files: every error and every planner's warning, with file and line."""
    from hallsim.scenario import check as check_scenario

    complaints = [complaint for path in scenarios for complaint in check_scenario(path, set_=tuple(changes or ()))]
    errors = sum(not c.warning for c in complaints)
    if as_json:
        fields = ("file", "line", "path", "message", "warning")
        print(json.dumps([{f: getattr(c, f) for f in fields} for c in complaints], ensure_ascii=False, indent=2))
    else:
        for complaint in complaints:
            print(f"warning: {complaint}" if complaint.warning else str(complaint))
        if not complaints:
            print("no complaints")
    if errors:
        warnings = len(complaints) - errors
        say(f"{errors} error{'s' if errors != 1 else ''}, {warnings} warning{'s' if warnings != 1 else ''}")
        raise typer.Exit(BAD_INPUT)


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that complete and check while you type."""
    from hallsim.scenario import schema as scenario_schema

    print(json.dumps(scenario_schema(), ensure_ascii=False, indent=2))


def new(
    path: Annotated[Path | None, typer.Argument(help="File to write; standard output if left out.")] = None,
) -> None:
    """Write a commented scenario to start from."""
    from hallsim.scenario import starter

    text = starter()
    if path is None:
        print(text, end="")
        return
    if path.exists():
        raise UsageError(f"{path} exists already; hallsim does not overwrite a scenario")
    check_output(path)
    with atomic_write(path, "w", newline="\n") as file:
        file.write(text)
    say(f"wrote {path}; next: hallsim check {path}, then hallsim run {path}")
