"""`hallsim calibrate`: a hall's log becomes a scenario whose figures say where they are from."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import check_output, load_kernels, say
from hallsim.cli.log_input import FILES, RECORDS, RECORDS_MAPPING, asked_of, read_asked
from hallsim.cli.options import AS_JSON, FITTED_REPORT, SEED, TABLE_LANGUAGE, TableLanguage, check_report
from hallsim.errors import CalibrationError, UsageError

if TYPE_CHECKING:
    from hallsim.calibrate.hall.figure import Figure
    from hallsim.calibrate.hall.fit import Hall


def calibrate(
    logs: Annotated[
        list[Path], typer.Argument(metavar="LOG...|FILE.yaml", help="Raw files of one log, or a calibration file.")
    ],
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", metavar="NAME|FILE", help="How to read raw files.")
    ] = None,
    records: RECORDS = None,
    records_mapping: RECORDS_MAPPING = "",
    fit: Annotated[
        str, typer.Option(metavar="DAYS,...", help="Days to fit on: 2024-03, or 2024-03-05..2024-03-20. Default: all.")
    ] = "",
    campaigns: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="What ran when (campaign, from, to, transactions): its lift is fitted."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.yaml", help="The scenario. Left out: table only.")
    ] = None,
    hall: Annotated[str, typer.Option(metavar="NAME", help="Name of the hall.")] = "",
    workload: Annotated[
        bool, typer.Option(help="Whether to simulate, and find the work that the log does not show.")
    ] = True,
    seed: SEED = 1,
    report: FITTED_REPORT = None,
    lang: TABLE_LANGUAGE = TableLanguage.en,
    as_json: AS_JSON = False,
) -> None:
    """Fit arrivals, services, patience and staffing to a log, and write them as a scenario."""
    asked = asked_of(logs, mapping, records, records_mapping)
    out = out or asked.out
    if out is not None:
        check_output(out, FILES)
        if any(out.resolve() == log.resolve() for log in (*logs, *asked.logs)):
            raise UsageError(f"{out} is what is read")
    check_report(report, None, None)
    from hallsim.calibrate.hall import fit as fitting
    from hallsim.calibrate.hall import words
    from hallsim.calibrate.hall.beside import campaigns_in
    from hallsim.calibrate.hall.figures import figures
    from hallsim.calibrate.periods import read_periods

    if campaigns is not None:
        asked = dataclasses.replace(
            asked, choices=dataclasses.replace(asked.choices, campaigns=campaigns_in(campaigns))
        )
    visits, known_beside, cleaning, joined = given = read_asked(asked)
    choices = dataclasses.replace(known_beside, seed=seed, name=hall or known_beside.name)
    dates = tuple(given.dates(asked.leave_out)) if asked.leave_out else ()
    if fit or asked.fit:
        periods = read_periods(fit or asked.fit, given.dates(asked.leave_out))
        dates = tuple(sorted({date for period in periods for date in period.dates}))
    found = fitting.fit_hall(visits, dates, choices, progress=lambda what: say(f"{what} ..."))
    known, factor = figures(found), 1.0
    if workload and asked.workload:
        figure, factor = _workload(found, seed)
        known.append(figure)
    if as_json:
        document = words.as_dict(found, known) | {"cleaning": None if cleaning is None else cleaning.to_json()}
        document["records"] = None if joined is None else joined.to_json()
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(words.table(found, known, lang.value))
        if joined is not None:
            print(f"\n{joined.table(lang.value)}")
    if cleaning is not None and cleaning.rows_dropped:
        say(f"dropped {cleaning.rows_dropped} of {cleaning.rows_read} rows; `hallsim import-log` says which")
    if out is not None:
        _write(found, known, factor, out)
    if report is not None:
        from hallsim.report import command_of, report_calibration
        from hallsim.report.origin import shown_path

        options = [("--mapping", mapping or ""), *(("--records", shown_path(file)) for file in records or [])]
        options += [
            ("--records-mapping", records_mapping),
            ("--fit", fit),
            ("--campaigns", shown_path(campaigns) if campaigns else ""),
            ("--hall", hall),
            ("--seed", str(seed)),
        ]
        first = ["hallsim", "calibrate", *(() if workload else ("--no-workload",))]
        report_calibration(found, known, factor, report, command=command_of(first, logs, options, report))
        say(f"wrote {report}")


def _workload(found: Hall, seed: int) -> tuple[Figure, float]:
    """Return the workload as a figure, and the factor that the scenario takes."""
    from hallsim.calibrate.hall import workload

    load_kernels()
    say("simulating for the workload ...")
    try:
        fitted = workload.hall_workload(found, seed)
    except CalibrationError as problem:
        return workload.figure_of(found, None, str(problem)), 1.0
    return workload.figure_of(found, fitted), workload.factor_of(fitted)


def _write(found: Hall, known: list[Figure], factor: float, out: Path) -> None:
    """Write one file for each kind of day."""
    from hallsim.calibrate.hall import scenario
    from hallsim.files import atomic_write

    for day in found.days:
        path = scenario.file_of(out, found, day)
        with atomic_write(path, "w") as file:
            file.write(scenario.text(found, day, known, factor))
        say(f"wrote {path}")
