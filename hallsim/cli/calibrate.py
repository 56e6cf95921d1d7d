"""`hallsim calibrate`: a hall's log becomes a scenario whose figures say where they are from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import check_output, say
from hallsim.cli.log_input import read_logs
from hallsim.cli.options import AS_JSON, SEED, TableLanguage

SUFFIXES = (".yaml", ".yml")


def calibrate(
    logs: Annotated[list[Path], typer.Argument(metavar="LOG...", help="Raw files of one log, or tables of visits.")],
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", metavar="NAME|FILE", help="How to read raw files.")
    ] = None,
    fit: Annotated[
        str, typer.Option(metavar="DAYS,...", help="Days to fit on: 2024-03, or 2024-03-05..2024-03-20. Default: all.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.yaml", help="The scenario. Left out: table only.")
    ] = None,
    hall: Annotated[str, typer.Option(metavar="NAME", help="Name of the hall.")] = "",
    seed: SEED = 1,
    lang: Annotated[TableLanguage, typer.Option(help="Language of the table.")] = TableLanguage.en,
    as_json: AS_JSON = False,
) -> None:
    """Fit arrivals, services, patience and staffing to a log, and write them as a scenario."""
    if out is not None:
        check_output(out, SUFFIXES)
    visits, cleaning = read_logs(logs, mapping)
    from hallsim.calibrate.hall import fit as fitting
    from hallsim.calibrate.hall import scenario, words
    from hallsim.calibrate.hall.figures import figures
    from hallsim.calibrate.periods import read_periods
    from hallsim.files import atomic_write
    from hallsim.replay import dates_of

    periods = read_periods(fit, dates_of(visits)) if fit else []
    dates = tuple(sorted({date for period in periods for date in period.dates}))
    choices = fitting.Choices(name=hall, seed=seed)
    found = fitting.fit_hall(visits, dates, choices, progress=lambda what: say(f"{what} ..."))
    known = figures(found)
    if as_json:
        print(json.dumps(words.as_dict(found, known), ensure_ascii=False, indent=2))
    else:
        print(words.table(found, known, lang.value))
    if cleaning is not None and not cleaning.clean:
        say(f"dropped {cleaning.rows_dropped} of {cleaning.rows_read} rows; `hallsim import-log` says which")
    if out is not None:
        for day in found.days:
            path = scenario.file_of(out, found, day)
            with atomic_write(path, "w") as file:
                file.write(scenario.text(found, day, known))
            say(f"wrote {path}")
