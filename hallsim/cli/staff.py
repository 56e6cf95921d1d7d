"""`hallsim staff`: how many people a hall needs by half-hour, and on which shifts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import INTERRUPTED, check_output, load_kernels, progress, say, whole
from hallsim.cli.options import AS_JSON, DATE, JOBS, LANG, SEED, Language, check_report
from hallsim.errors import UsageError

if TYPE_CHECKING:
    from hallsim.experiment.staffing import Plan
    from hallsim.scenario import Scenario

if TYPE_CHECKING:
    pass

SCENARIO_SUFFIXES = (".yaml", ".yml")
LEAST_DAYS, MOST_DAYS = 100, 100_000  # as `experiment.staffing.plan`, which --help must not import


class Promise(StrEnum):
    """What keeping a target means, as `experiment.staffing.promises.PROMISES`."""

    average = "average"
    days = "days"
    half_hours = "half-hours"


def staff(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")],
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="'90 % WITHIN 10 MIN'",
            help="Plan for this instead of the scenario's targets, as 'V: 95 % within 10 min', 'all at greeter: "
            "mean_wait at most 1 min'; may be repeated.",
        ),
    ] = None,
    promise: Annotated[
        Promise,
        typer.Option(
            help="average: targets hold in every half-hour over all days; days: and over the day on --on-days of the "
            "days; half-hours: in every half-hour on so many days."
        ),
    ] = Promise.days,
    on_days: Annotated[
        str, typer.Option("--on-days", metavar="'95 %'", help="On how many of the days a target must be kept.")
    ] = "95 %",
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, metavar="SHARE", help="That a roster called verified keeps them.")
    ] = 0.95,
    stations: Annotated[
        list[str] | None,
        typer.Option(
            "--station",
            metavar="NAME",
            help="Staff to plan; may be repeated.",
            show_default="stations that targets speak of",
        ),
    ] = None,
    limits: Annotated[
        list[str] | None,
        typer.Option("--at-most", metavar="NAME=N", help="Largest number at a station, as counter=6; may be repeated."),
    ] = None,
    shifts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml",
            help="Shifts that people may work, and wages (docs/staffing.md).",
            show_default="9 h with an unpaid hour's break, 6 h, 4 h",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(parser=whole(LEAST_DAYS, MOST_DAYS), metavar="N", help="Days of the search.")
    ] = 2000,
    seed: SEED = 1,
    jobs: JOBS = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change an entry, as in open=09:00-17:00."),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE.yaml", help="Write the shifts as a scenario that extends this one."),
    ] = None,
    as_json: AS_JSON = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a report of the hall today with the plan in it: one HTML file."),
    ] = None,
    lang: LANG = None,
    date: DATE = None,
) -> None:
    """Find the fewest people by half-hour that keep a hall's targets, and the cheapest shifts that do."""
    check_report(report, lang, date)
    if save is not None:
        check_output(save, SCENARIO_SUFFIXES)
        if save.resolve() == scenario.resolve():
            raise UsageError(f"{save} is the scenario itself, which the new file is to extend")
        if changes:
            raise UsageError("--save cannot keep what --set changes; put the changes into a scenario file")
    from hallsim.experiment.staffing import staff as plan_staff
    from hallsim.experiment.staffing.asked import limits_asked, targets_asked
    from hallsim.scenario import load
    from hallsim.scenario.shift_library import read_shifts
    from hallsim.units import parse_share

    try:
        share = float(parse_share(on_days))
    except ValueError as problem:
        raise UsageError(f"--on-days: {problem}") from None
    hall = load(scenario, set_=tuple(changes or ()))
    for warning in hall.warnings:
        say(f"warning: {warning}")
    asked, most = targets_asked(hall, targets or ()), limits_asked(limits or ())
    library = None if shifts is None else read_shifts(shifts, hall.model.open, hall.model.close)
    load_kernels()
    try:
        with progress(0, "days so far") as shown:
            found = plan_staff(
                hall,
                targets=asked,
                promise=promise.value,
                share=share,
                confidence=confidence,
                stations=tuple(stations or ()),
                most=most,
                shifts=library,
                days=days,
                seed=seed,
                jobs=jobs,
                progress=shown.update,
            )
    except KeyboardInterrupt:
        say("stopped by Ctrl-C: nothing was planned")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print(found.to_json())
    else:
        table_lang = Language.zh if lang is Language.zh else Language.en
        print(found.table(lang=table_lang.value, width=max(80, min(shutil.get_terminal_size().columns, 120))))
    if not found.complete:
        say("stopped by Ctrl-C: this is the best that was found by then")
        for file in (save, report):
            if file is not None:
                say(f"stopped by Ctrl-C: {file} was not written")
        raise typer.Exit(INTERRUPTED)
    if save is not None:
        write_roster(found, save, scenario)
    if report is not None:
        options = [
            *(("--target", target) for target in targets or ()),
            ("--promise", promise.value),
            ("--on-days", on_days),
            ("--confidence", f"{confidence:g}"),
            *(("--station", station) for station in stations or ()),
            *(("--at-most", limit) for limit in limits or ()),
            ("--shifts", "" if shifts is None else shifts.as_posix()),
            ("--days", str(days)),
            ("--seed", str(seed)),
        ]
        write_report(hall, found, options, changes or (), scenario, report, lang or Language.both, date or "")


def write_roster(plan: Plan, path: Path, scenario: Path) -> None:
    """Write the shifts as a scenario that extends the one they were found for, or say that there are none."""
    from hallsim.experiment.staffing.saving import save

    if plan.shifts is None and plan.required is None:
        say(f"nothing was found that keeps the promise: {path} was not written")
    else:
        save(plan, path, scenario)


def write_report(
    hall: Scenario,
    plan: Plan,
    options: Sequence[tuple[str, str]],
    changes: Sequence[str],
    scenario: Path,
    path: Path,
    lang: Language,
    date: str,
) -> None:
    """Write the report of the hall as it is today, with the plan in a section of its own."""
    from hallsim.experiment import run
    from hallsim.report import origin_of_plan, report

    origin = origin_of_plan(scenario, options, changes, path, lang.value, date)
    try:
        report(hall, run(hall, seed=plan.seed), path, lang.value, origin, plan=plan)
    except KeyboardInterrupt:
        say(f"stopped by Ctrl-C: {path} was not written")
        raise typer.Exit(INTERRUPTED) from None
