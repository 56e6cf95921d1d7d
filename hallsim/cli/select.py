"""`hallsim select`: which of several halls is the best, and how sure that is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import INTERRUPTED, load_kernels, progress, say, table_width, whole
from hallsim.cli.options import (
    AS_JSON,
    CHANGES,
    CLUSTER,
    FOLDER,
    JOBS,
    MOST_REPS,
    RESUME,
    SEED,
    TABLE_LANGUAGE,
    VARIANTS,
    TableLanguage,
    halls_of,
    keeping,
    say_kept,
    variants_of,
    where_of,
)


class Method(StrEnum):
    """Methods of selection."""

    eliminate = "eliminate"
    two_stage = "two-stage"
    budget = "budget"


class Preference(StrEnum):
    """What is better."""

    less = "less"
    more = "more"


def select(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files (YAML).")],
    by: Annotated[
        str, typer.Option(metavar="FIGURE", help="Key figure to select by, as wait or 'service level 10 min'.")
    ] = "mean_wait",
    worth: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="Smallest difference worth detecting, as '0.5 min' or '1 point'."),
    ] = None,
    variants: VARIANTS = None,
    require: Annotated[
        str | None,
        typer.Option(
            metavar="'FIGURE >= BOUND on N % of days'",
            help="Take only halls that surely meet this, as 'service level 10 min >= 80 % on 95 % of days'.",
        ),
    ] = None,
    prefer: Annotated[
        Preference | None, typer.Option(help="Which is better, for figures that are neither good nor bad.")
    ] = None,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, metavar="SHARE", help="Promised chance of a right selection.")
    ] = 0.95,
    method: Annotated[
        Method | None,
        typer.Option(
            help="eliminate: drop the worse early (KN++), promises correct selection; two-stage: more days, promises "
            "good selection; budget: days where they help most (OCBA).",
            show_default="eliminate; budget with --budget",
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(parser=whole(1, MOST_REPS), metavar="N", help="Days of all halls together, to be spent well."),
    ] = None,
    most: Annotated[
        int, typer.Option(parser=whole(20, MOST_REPS), metavar="N", help="Days of each hall at which to stop.")
    ] = 10_000,
    seed: SEED = 1,
    jobs: JOBS = None,
    changes: CHANGES = None,
    folder: FOLDER = None,
    resume: RESUME = False,
    cluster: CLUSTER = None,
    as_json: AS_JSON = False,
    lang: TABLE_LANGUAGE = TableLanguage.en,
) -> None:
    """Select the best of several halls on the same customers; say how sure that is."""
    from hallsim.experiment.selection.halls import select as select_halls

    where = where_of(folder, resume, cluster)
    wanted, halls = variants_of(variants), halls_of(scenarios, changes)
    if cluster is None:
        load_kernels()
    with keeping(folder, " before there was anything to select from"), progress(0, "days so far") as shown:
        found = select_halls(
            *halls,
            by=by,
            worth=worth,
            variants=wanted,
            require=require,
            prefer=None if prefer is None else prefer.value,
            confidence=confidence,
            method=(method or (Method.eliminate if budget is None else Method.budget)).value,
            budget=budget,
            most=most,
            seed=seed,
            jobs=jobs,
            progress=lambda done, note: shown.update(done, done, note),
            where=where,
        )
    if as_json:
        print(found.to_json())
    else:
        print(found.table(lang=lang.value, width=table_width()))
    if not found.complete:
        say(f"stopped by Ctrl-C: this is what {found.simulated} days say")
        say_kept(folder, "stopped by Ctrl-C")
        raise typer.Exit(INTERRUPTED)
