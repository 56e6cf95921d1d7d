"""`hallsim counts`: what half-hour summaries or display snapshots say of a hall, and how well they predict.

Of a log the half-hours are taken, as its machine would print them, so that it shows what they alone would have said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import check_output, say, whole
from hallsim.cli.log_input import TABLES, read_logs
from hallsim.cli.options import AS_JSON, SEED, TABLE_LANGUAGE, TableLanguage
from hallsim.errors import UsageError

if TYPE_CHECKING:
    from hallsim.calibrate.counts.day import CountedDay

SUFFIXES = (".yaml", ".yml")
MOST_QUEUES = 1000


def counts(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Summaries, snapshots of displays, or a log.")],
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", metavar="NAME|FILE", help="How to read the raw files of a log.")
    ] = None,
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
    from hallsim.calibrate.counts.day import without_waits
    from hallsim.calibrate.counts.predicted import predict
    from hallsim.calibrate.counts.words import table
    from hallsim.calibrate.periods import fitted_and_predicted
    from hallsim.files import atomic_write
    from hallsim.scenario.writing import text_of

    of_log = mapping is not None or any(file.suffix.lower() in TABLES for file in files)
    days = _of_log(files, mapping) if of_log else _of_counts(files)
    fitted, predicted = fitted_and_predicted(fit, on, sorted({day.date for day in days}))
    later = [date for period in predicted for date in period.dates]
    found = predict(days, fitted.dates, later, queues, counters, seed, progress=lambda what: say(f"{what} ..."))
    blind = None
    if of_log:
        say("the same without waits ...")
        (blind,) = predict(without_waits(days, fitted.dates), fitted.dates, later, seed=seed)
    if out is not None and len(found) > 1:
        raise UsageError(f"{out} can hold one queue; the counts have {len(found)}")
    if as_json:
        document = [one.as_dict() | ({"without_waits": blind.as_dict()} if blind else {}) for one in found]
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(table(found, lang.value, blind))
    if out is not None:
        about = f"Fitted by `hallsim counts` to counts of {len(fitted.dates)} days, {fitted.name}."
        with atomic_write(out, "w") as file:
            file.write(text_of(found[0].fit.scenario(), {("format",): [about]}))


def _of_counts(files: list[Path]) -> list[CountedDay]:
    from hallsim.calibrate.counts.reading import read_counts

    return read_counts(files)


def _of_log(files: list[Path], mapping: str | None) -> list[CountedDay]:
    from hallsim.calibrate.counts.of_log import summaries_of

    visits, _ = read_logs(files, mapping)
    return summaries_of(visits)
