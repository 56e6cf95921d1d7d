"""`hallsim grade`: grades of a set of halls, and a scenario from the template of a grade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import check_output, say, table_width
from hallsim.cli.options import AS_JSON, TABLE_LANGUAGE, TableLanguage
from hallsim.errors import UsageError, not_one_of
from hallsim.files import atomic_write


def grade(
    halls: Annotated[Path, typer.Argument(metavar="HALLS.csv", help="A row for each hall: hall, and its figures.")],
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml",
            help="Figures, weights, grades and their templates (docs/grading.md).",
            show_default="assumptions that come with hallsim",
        ),
    ] = None,
    hall: Annotated[str | None, typer.Option(metavar="NAME", help="The hall whose scenario --out writes.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Write the template of the hall's grade, filled in.")
    ] = None,
    as_json: AS_JSON = False,
    lang: TABLE_LANGUAGE = TableLanguage.en,
) -> None:
    """Grade halls by the figures of their surroundings and their own, and say what posts a hall of the grade has."""
    if out is not None:
        check_output(out, (".yaml", ".yml"))
    from hallsim.grading import DEFAULT_RULES, document, fill, read_halls, read_rules, render
    from hallsim.grading import grade as grade_halls

    known = read_rules(rules or DEFAULT_RULES)
    graded = grade_halls(read_halls(halls, known), known)
    names = [g.hall.name for g in graded]
    if hall is not None and hall not in names:
        raise UsageError(not_one_of(hall, f"a hall of {halls.name}", names))
    if (hall is None) != (out is None) and len(names) > 1:
        raise UsageError(
            "--out needs --hall NAME, the hall to write" if hall is None else "--hall needs --out FILE.yaml"
        )
    filled = [fill(g, known) for g in graded]
    if as_json:
        print(json.dumps(document(graded, filled, known), ensure_ascii=False, indent=2))
    else:
        print(render(graded, filled, known, lang.value, table_width()))
    if out is not None:
        chosen = filled[names.index(hall) if hall is not None else 0]
        with atomic_write(out, "w", newline="\n") as file:
            file.write(chosen.text())
        say(f"wrote {out}; next: hallsim run {out}, hallsim staff {out}")
