"""`hallsim counts`: what half-hour summaries or display snapshots say of a hall, and how well they predict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import check_output, say, whole
from hallsim.cli.options import AS_JSON, SEED, TABLE_LANGUAGE, TableLanguage
from hallsim.errors import UsageError

SUFFIXES = (".yaml", ".yml")
MOST_QUEUES = 1000


def counts(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Summaries, or snapshots of displays.")],
    fit: Annotated[
        str, typer.Option(metavar="DAYS", help="Days to fit on: 2024-03-05..2024-03-20. Default: first 2/3.")
    ] = "",
    on: Annotated[str, typer.Option(metavar="DAYS,...", help="Days to predict. Default: the days after.")] = "",
    counters: Annotated[
        int, typer.Option(parser=whole(0, 1000), metavar="N", help="Counters open, where the counts do not say.")
    ] = 0,
    queues: Annotated[
        int, typer.Option(parser=whole(1, MOST_QUEUES), metavar="N", help="Queues of each hall, the busiest first.")
    ] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.yaml", help="Scenario of a single queue's mean day.")
    ] = None,
    seed: SEED = 1,
    lang: TABLE_LANGUAGE = TableLanguage.en,
    as_json: AS_JSON = False,
) -> None:
    """Fit arrivals, service and patience to counts alone, and predict other days."""
    if out is not None:
        check_output(out, SUFFIXES)
    from hallsim.calibrate.counts.predicted import predict
    from hallsim.calibrate.counts.reading import read_counts
    from hallsim.calibrate.counts.words import table
    from hallsim.calibrate.periods import fitted_and_predicted
    from hallsim.files import atomic_write
    from hallsim.scenario.writing import text_of

    days = read_counts(files)
    fitted, predicted = fitted_and_predicted(fit, on, sorted({day.date for day in days}))
    later = [date for period in predicted for date in period.dates]
    found = predict(days, fitted.dates, later, queues, counters, seed, progress=lambda what: say(f"{what} ..."))
    if out is not None and len(found) > 1:
        raise UsageError(f"{out} can hold one queue; the counts have {len(found)}")
    print(
        json.dumps([one.as_dict() for one in found], ensure_ascii=False, indent=2)
        if as_json
        else table(found, lang.value)
    )
    if out is not None:
        about = f"Fitted by `hallsim counts` to counts of {len(fitted.dates)} days, {fitted.name}."
        with atomic_write(out, "w") as file:
            file.write(text_of(found[0].fit.scenario(), {("format",): [about]}))
