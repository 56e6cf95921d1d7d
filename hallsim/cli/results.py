"""`hallsim results`: list, filter and export what folders hold: points of sweeps, figures of other experiments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import check_output, say, table_width, whole
from hallsim.cli.options import AS_JSON, TABLE_LANGUAGE, TableLanguage
from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.experiment.folder import RunFolder
    from hallsim.experiment.sweeps import Swept

MOST_POINTS = 1_000_000


def results(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of results, or of several such folders.")],
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Only such rows, as 'counters >= 8', 'mean_wait <= 5' or 'scope = hall'; repeatable.",
        ),
    ] = None,
    figures: Annotated[
        list[str] | None,
        typer.Option("--figure", metavar="NAME", help="Figure to show, as mean_wait; repeatable."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Sort by this factor, figure or column, lowest first.")
    ] = None,
    front: Annotated[
        bool,
        typer.Option("--front", help="Only points of a sweep that no other beats in paid time, wait and abandonment."),
    ] = False,
    top: Annotated[
        int, typer.Option(parser=whole(1, MOST_POINTS), metavar="N", help="Most rows to print; an export has all.")
    ] = 20,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rows to a table: .csv or .xlsx.")
    ] = None,
    as_json: AS_JSON = False,
    lang: TABLE_LANGUAGE = TableLanguage.en,
) -> None:
    """List what folders hold, filtered and sorted; write it to a CSV or Excel file."""
    from hallsim.experiment.export import SUFFIXES
    from hallsim.experiment.folder import MANIFEST, read_folder

    if export is not None:
        check_output(export, SUFFIXES)
    if not (folder / MANIFEST).exists() and (inside := sorted(folder.glob(f"*/{MANIFEST}"))):
        for manifest in inside:
            print(_line(read_folder(manifest.parent), lang.value))
        return
    opened = read_folder(folder)
    if opened.manifest["kind"] == "sweep":
        _of_sweep(opened, where or (), figures, by, front, top, export, as_json, lang.value)
    elif front:
        raise UsageError(f"--front is for sweeps; {folder} holds a {opened.manifest['kind']}")
    else:
        _of_rows(opened, where or (), figures or (), by, top, export, as_json, lang.value)


def _of_rows(
    opened: RunFolder,
    where: Sequence[str],
    figures: Sequence[str],
    by: str | None,
    top: int,
    export: Path | None,
    as_json: bool,
    lang: str,
) -> None:
    """Show what a run, a comparison or a selection found."""
    from hallsim.experiment.listing import chosen, read_rows, render

    if not opened.complete and not (where or figures or by or export or as_json):
        print(_line(opened, lang))
        return
    rows = chosen(read_rows(opened), where, figures, by)
    if export is not None:
        _export(rows, export, f"{len(rows):,} rows")
    if as_json:
        print(rows.head(top).to_json(orient="records", force_ascii=False, indent=1))
    elif export is None:
        print(_line(opened, lang))
        if len(rows):
            print()
            print("\n".join(render(opened, rows.head(top), lang, table_width())))


def _of_sweep(
    opened: RunFolder,
    where: Sequence[str],
    figures: Sequence[str] | None,
    by: str | None,
    front: bool,
    top: int,
    export: Path | None,
    as_json: bool,
    lang: str,
) -> None:
    """Show points of a sweep."""
    from hallsim.experiment.sweeps.swept import swept

    found = _chosen(swept(opened), where, by, front)
    if export is not None:
        _export(found.summary(), export, f"{len(found.designs):,} points")
    if as_json:
        from hallsim.experiment.sweeps.document import point_of

        points = [point_of(found, row) for row in range(min(top, len(found.designs)))]
        print(json.dumps(points, ensure_ascii=False, allow_nan=False, indent=1))
    elif export is None:
        _print(opened, found, figures, top, lang)


def _export(rows: pd.DataFrame, path: Path, what: str) -> None:
    from hallsim.experiment.export import export

    export(rows, path)
    say(f"{what} written to {path}")


def _chosen(found: Swept, where: Sequence[str], by: str | None, on_front: bool) -> Swept:
    """Return the points that were asked for, in the order asked for."""
    import numpy as np

    from hallsim.experiment.conditions import meeting
    from hallsim.experiment.sweeps.pareto import front

    found = found.take(meeting(len(found.designs), found.column, where))
    if on_front:
        found = found.take(front(found))
    if by is not None:
        found = found.take(np.argsort(found.column(by)[0], kind="stable"))
    return found


def _print(opened: RunFolder, found: Swept, figures: Sequence[str] | None, top: int, lang: str) -> None:
    from hallsim.experiment.sweeps.pareto import usual
    from hallsim.experiment.sweeps.words import points

    print(_line(opened, lang))
    if len(found.designs):
        print()
        print("\n".join(points(found.take(slice(top)), lang, table_width(), list(figures or usual(found)))))
    for design, problem in sorted(found.problems.items())[:3]:
        print(f"{design}: {problem}")


def _line(opened: RunFolder, lang: str) -> str:
    """Return a folder's contents in a line."""
    from hallsim.experiment.listing import title
    from hallsim.experiment.sweeps.swept import swept
    from hallsim.experiment.sweeps.words import title as title_of_sweep

    manifest = opened.manifest
    what = title_of_sweep(swept(opened), lang) if manifest["kind"] == "sweep" else title(opened, lang)
    return f"{opened.path}: {what} · hallsim {manifest['hallsim']} ({manifest['semantics']})"
