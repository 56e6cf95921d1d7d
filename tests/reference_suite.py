"""Run a file of cases with known answers: `python -m tests.reference_suite FILE.jsonl`.

Prints (or writes as JSON lines, one object a quantity) the exact value, the estimate, its standard error
from independent replications, z and the status: passed, failed, or not covered. Passed means within 3.3
standard errors *and* a standard error small enough to have power (1 % of a mean, 0.005 of a probability
and 5 % of a small one). A quantity that fails is repeated once with a new seed and more replications;
`attempt` says which of the two is shown. A case on which hallsim breaks is failed in all its quantities,
with the error as note. Exit code 0: nothing failed, 1: something did, 2: bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.reference.cases import read
from tests.reference.estimate import Verdict
from tests.reference.run import run_case

LINE = "{id:<20} {quantity:<30} {exact:>12} {estimate:>12} {se:>10} {z:>6}  {status}"


def main(arguments: list[str] | None = None) -> int:
    """Run the suite and return the exit code."""
    options = _parser().parse_args(arguments)
    ids = [i for i in options.ids.split(",") if i]
    try:
        cases = read(options.file, options.family, ids)
    except (OSError, ValueError) as problem:
        print(f"{options.file}: {getattr(problem, 'strerror', None) or problem}", file=sys.stderr)
        return 2
    try:
        out = options.jsonl.open("w", encoding="utf-8") if options.jsonl else None
    except OSError as problem:
        print(f"{options.jsonl}: {problem.strerror or problem}", file=sys.stderr)
        return 2
    if not cases:
        print(f"{options.file}: no case is of this family or has these ids", file=sys.stderr)
    statuses: Counter[str] = Counter()
    began = time.perf_counter()
    try:
        if not out:
            print(
                LINE.format(
                    id="id", quantity="quantity", exact="exact", estimate="estimate", se="se", z="z", status="status"
                )
            )
        for case in cases:
            verdicts = run_case(case, options.seed, options.effort, options.jobs)
            for verdict in verdicts:
                statuses[verdict.status] += 1
                if out:
                    out.write(json.dumps(as_object(verdict)) + "\n")
                else:
                    print(as_line(verdict), flush=True)
            if out:
                out.flush()
                print(progress(case["id"], verdicts, time.perf_counter() - began), file=sys.stderr)
    finally:
        if out:
            out.close()
    print(
        f"{len(cases)} cases, {sum(statuses.values())} quantities: "
        + ", ".join(f"{statuses[s]} {s}" for s in ("passed", "failed", "not covered"))
        + f"; {time.perf_counter() - began:.0f} s",
        file=sys.stderr,
    )
    return 1 if statuses["failed"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reference_suite", description=__doc__)
    parser.add_argument("file", type=Path, help="cases, one JSON object a line")
    parser.add_argument("--family", default="", help="only this family, such as F5")
    parser.add_argument("--ids", default="", help="only these cases, separated by commas")
    parser.add_argument("--jsonl", type=Path, help="write one JSON object a quantity to this file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--effort", type=float, default=1.0, help="scales the most that one case may cost")
    parser.add_argument("--jobs", type=int, default=None, help="threads; all cores by default")
    return parser


def as_object(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the object of the JSON lines; an infinite z is written as text."""
    found = asdict(verdict)
    z = found["z"]
    if z is not None and abs(z) == float("inf"):
        found["z"] = "inf" if z > 0 else "-inf"
    found = {"id": found.pop("case"), **found}
    found["standard_error"] = found.pop("se")
    found["power_target"] = found.pop("target")
    return found


def as_line(verdict: Verdict) -> str:
    """Return a verdict as one line of the printed table."""
    status = verdict.status
    if verdict.attempt > 1:
        status += " (repeated with a new seed)"
    if verdict.note:
        status += f": {verdict.note}"
    exact = verdict.exact if isinstance(verdict.exact, float) else None
    return LINE.format(
        id=verdict.case,
        quantity=verdict.quantity,
        exact=_short(exact),
        estimate=_short(verdict.estimate),
        se=_short(verdict.se, 3),
        z="" if verdict.z is None else f"{verdict.z:.2f}",
        status=status,
    )


def _short(x: float | None, digits: int = 6) -> str:
    return "" if x is None else f"{x:.{digits}g}"


def progress(case_id: str, verdicts: list[Verdict], seconds: float) -> str:
    """Return one line about a finished case."""
    found = Counter(v.status for v in verdicts)
    return f"{seconds:6.0f} s  {case_id:<20} " + ", ".join(f"{n} {s}" for s, n in found.items())


if __name__ == "__main__":
    sys.exit(main())
