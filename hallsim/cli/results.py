"""`hallsim results`: list, filter and export the design points of a sweep, finished or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import check_output, say, table_width, whole
from hallsim.cli.options import AS_JSON, TableLanguage

if TYPE_CHECKING:
    from hallsim.experiment.sweeps import Swept

MOST_POINTS = 1_000_000


def results(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a sweep, or of several such folders.")],
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Only such points, as 'counters >= 8' or 'mean_wait <= 5'; repeatable."),
    ] = None,
    figures: Annotated[
        list[str] | None,
        typer.Option("--figure", metavar="NAME", help="Figure to show, as mean_wait; repeatable."),
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Sort by this factor or figure, lowest first.")] = None,
    front: Annotated[
        bool, typer.Option("--front", help="Only points that no other beats in paid time, mean wait and abandonment.")
    ] = False,
    top: Annotated[
        int, typer.Option(parser=whole(1, MOST_POINTS), metavar="N", help="Most points to print; an export has all.")
    ] = 20,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the points to a table: .csv or .xlsx.")
    ] = None,
    as_json: AS_JSON = False,
    lang: Annotated[TableLanguage, typer.Option(help="Language of the table.")] = TableLanguage.en,
) -> None:
    """List what a sweep found, points filtered and sorted; write them to a CSV or Excel file."""
    from hallsim.experiment.export import SUFFIXES
    from hallsim.experiment.export import export as write
    from hallsim.experiment.folder import MANIFEST
    from hallsim.experiment.sweeps import read_swept

    if export is not None:
        check_output(export, SUFFIXES)
    if not (folder / MANIFEST).exists() and (inside := sorted(folder.glob(f"*/{MANIFEST}"))):
        for manifest in inside:
            print(_line(read_swept(manifest.parent), lang.value))
        return
    found = _chosen(read_swept(folder), where or (), by, front)
    if export is not None:
        write(found.summary(), export)
        say(f"{len(found.designs):,} points written to {export}")
    if as_json:
        from hallsim.experiment.sweeps.document import point_of

        points = [point_of(found, row) for row in range(min(top, len(found.designs)))]
        print(json.dumps(points, ensure_ascii=False, allow_nan=False, indent=1))
    elif export is None:
        _print(found, figures, top, lang.value)


def _chosen(found: Swept, where: list[str] | tuple[()], by: str | None, on_front: bool) -> Swept:
    """Return the points that were asked for, in the order asked for."""
    import numpy as np

    from hallsim.experiment.sweeps.conditions import column, meeting
    from hallsim.experiment.sweeps.pareto import front

    found = found.take(meeting(found, where))
    if on_front:
        found = found.take(front(found))
    if by is not None:
        found = found.take(np.argsort(column(found, by)[0], kind="stable"))
    return found


def _print(found: Swept, figures: list[str] | None, top: int, lang: str) -> None:
    from hallsim.experiment.sweeps.pareto import USUAL
    from hallsim.experiment.sweeps.words import points

    print(_line(found, lang))
    if len(found.designs):
        print()
        print("\n".join(points(found.take(slice(top)), lang, table_width(), figures or list(USUAL))))
    for design, problem in sorted(found.problems.items())[:3]:
        print(f"{design}: {problem}")


def _line(found: Swept, lang: str) -> str:
    """Return a folder's contents in a line."""
    from hallsim.experiment.sweeps.words import title

    made = f"hallsim {found.manifest['hallsim']} ({found.manifest['semantics']})"
    return f"{found.path}: {title(found, lang)} · {made}"
