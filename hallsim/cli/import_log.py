"""`hallsim import-log`: read a queue machine's log and write visits, with a report of the cleaning."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import Progress, check_output, say
from hallsim.cli.log_input import RECORDS, RECORDS_MAPPING, read_with_records
from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.logs import CleaningReport, Joining

SUFFIXES = (".parquet", ".csv")


class ReportLanguage(StrEnum):
    """Languages of the cleaning report."""

    en = "en"
    zh = "zh"


def import_log(
    logs: Annotated[list[Path] | None, typer.Argument(metavar="LOG...", help="Raw files of one log.")] = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", metavar="NAME|FILE", help="How to read it: --list, or a file.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Visits: .parquet or .csv. Left out: report only."),
    ] = None,
    report_json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Cleaning report as JSON; default OUT.cleaning.json.")
    ] = None,
    records: RECORDS = None,
    records_mapping: RECORDS_MAPPING = "",
    hall: Annotated[str, typer.Option(metavar="NAME", help="Name of the hall, where no column tells.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Fail if a row has to be dropped or repaired.")] = False,
    keep_staff: Annotated[bool, typer.Option("--keep-staff", help="Keep the names of the staff.")] = False,
    staff_key: Annotated[
        str, typer.Option(metavar="TEXT", help="Key of the staff's pseudonyms: the same in several logs.")
    ] = "",
    lang: Annotated[ReportLanguage, typer.Option(help="Language of the report.")] = ReportLanguage.en,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the mappings that are shipped.")] = False,
) -> None:
    """Read a log by a mapping file and print what was kept, dropped and repaired, with examples."""
    if listed:
        _list(lang)
        return
    if not logs or mapping is None:
        raise UsageError("needs a log and --mapping, as in: hallsim import-log LOG.csv --mapping ticket_machine")
    for path, suffixes in ((out, SUFFIXES), (report_json, (".json",))):
        if path is not None:
            check_output(path, suffixes)
            if any(path.resolve() == log.resolve() for log in logs):
                raise UsageError(f"{path} is the log itself")
    if records:
        if strict or hall or report_json:
            raise UsageError("--strict, --hall and --report-json do not go with --records")
        joined = read_with_records(logs, mapping, records, records_mapping, keep_staff, staff_key)
        _print_joined(*joined, out, lang, as_json)
        return
    from hallsim.logs import NotCleanError, convert, report_path

    bars: dict[str, Progress] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in bars:
            for bar in bars.values():
                bar.close()
            bars[what] = Progress(total, f"rows {what}")
        bars[what].update(done, total)

    try:
        report = convert(
            mapping,
            logs,
            out,
            report_json=report_json,
            hall=hall,
            keep_staff=keep_staff,
            staff_key=staff_key,
            strict=strict,
            progress=progress,
        )
    except NotCleanError as problem:
        _print(problem.report, lang, as_json)
        raise
    finally:
        for bar in bars.values():
            bar.close()
    _print(report, lang, as_json)
    if out is not None:
        say(f"wrote {out} and {report_json or report_path(out)}")


def _print_joined(
    visits: pd.DataFrame, joining: Joining, out: Path | None, lang: ReportLanguage, as_json: bool
) -> None:
    """Print what became of a log and of records beside it, and write the visits with their transactions."""
    from hallsim.visits import save

    if as_json:
        print(json.dumps(joining.to_json(), ensure_ascii=False, indent=2))
    else:
        print("\n\n".join(report.table(lang.value) for report in (joining.log, joining.records, joining.joined)))
    if out is not None:
        save(visits, out)
        say(f"wrote {out}")


def _print(report: CleaningReport, lang: ReportLanguage, as_json: bool) -> None:
    print(json.dumps(report.to_json(), ensure_ascii=False, indent=2) if as_json else report.table(lang.value))


def _list(lang: ReportLanguage) -> None:
    from hallsim.logs import load_mapping, shipped

    found = shipped()
    width = max(map(len, found)) + 2
    for name, path in found.items():
        known = load_mapping(path)
        print(f"{name:<{width}}{known.label.zh if lang is ReportLanguage.zh else known.label.en}")
