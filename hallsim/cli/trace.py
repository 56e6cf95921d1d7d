"""`hallsim trace`: one day, event by event, on one engine or compared on both."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import MOST_SEED, RUN_FAILED, load_kernels, say, whole
from hallsim.cli.options import ALLOW_CODE, SEED
from hallsim.errors import UsageError
from hallsim.units import parse_moment

MANY_CUSTOMERS = 50_000  # some ten seconds


class TraceEngine(StrEnum):
    """Engines that `hallsim trace` knows."""

    batch = "batch"
    reference = "reference"
    both = "both"


def trace(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")],
    seed: SEED = 1,
    replication: Annotated[
        int, typer.Option(parser=whole(0, MOST_SEED), metavar="N", help="Number of the day, from 0.")
    ] = 0,
    engine: Annotated[
        TraceEngine | None,
        typer.Option(help="Engine to run; both: compare them.", show_default="both; reference with --allow-code"),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Print the events from this time on, such as 09:30.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Print the events up to this time.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change an entry of the scenario.")
    ] = None,
    allow_code: ALLOW_CODE = False,
) -> None:
    """Print the events of one day, or the first difference between the two engines (exit code 1)."""
    from hallsim.engines.reference_policies import rules_of
    from hallsim.scenario import load
    from hallsim.scenario.cross_checks import expected_customers
    from hallsim.trace import trace as trace_day

    since, until = _moment("--from", first), _moment("--to", last)
    hall = load(scenario, set_=tuple(changes or ()))
    engine = engine or (TraceEngine.reference if hall.model.policies else TraceEngine.both)
    for name in ("batch", "reference") if engine is TraceEngine.both else (engine.value,):
        rules_of(hall.model, name, allow_code)  # before anything is compiled
    customers = expected_customers(hall.model)
    if customers > MANY_CUSTOMERS:
        say(f"about {customers:,.0f} customers in one run: this can take minutes; --set can make the run shorter")
    if engine is not TraceEngine.reference:
        load_kernels()
    result = trace_day(
        hall, seed=seed, replication=replication, engine=engine.value, first=since, last=until, allow_code=allow_code
    )
    print(result.text)
    if result.equal is False:
        raise typer.Exit(RUN_FAILED)


def _moment(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as problem:
        raise UsageError(f"{option}: {problem}") from problem
