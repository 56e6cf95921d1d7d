"""`hallsim trace`: one day, event by event, on one engine or compared on both."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hallsim.cli.console import RUN_FAILED, load_kernels


class TraceEngine(StrEnum):
    """Engines that `hallsim trace` knows."""

    batch = "batch"
    reference = "reference"
    both = "both"


def trace(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 1,
    replication: Annotated[int, typer.Option(min=0, help="Number of the day, from 0.")] = 0,
    engine: Annotated[TraceEngine, typer.Option(help="Engine to run; both: compare them.")] = TraceEngine.both,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change an entry of the scenario.")
    ] = None,
) -> None:
    """Print the events of one day, or the first difference between the two engines (exit code 1)."""
    from hallsim.scenario import load
    from hallsim.trace import trace as trace_day

    if engine is not TraceEngine.reference:
        load_kernels()
    hall = load(scenario, set_=tuple(changes or ()))
    result = trace_day(hall, seed=seed, replication=replication, engine=engine.value)
    print(result.text)
    if result.equal is False:
        raise typer.Exit(RUN_FAILED)
