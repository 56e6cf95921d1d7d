"""Calls that nobody answers: how often, for how long, and where those stand who come back.

In: the parsed `calls` of a station. Out: `Calls` of the model.
"""

from __future__ import annotations

from typing import Any

from hallsim.model import Calls
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import SHARE, ByType, Choice, Either, Key, Kind, Record, Whole
from hallsim.scenario.laws import LAW
from hallsim.scenario.tree import Path

MOST_RECALLS = 100


class _Back(Either):
    """A place in the line: a word, or behind so many tickets."""

    def read(self, data: Any, path: Path, ctx: Any) -> Any:
        kind: Kind = self.kinds[0] if isinstance(data, str) else self.kinds[1]
        return kind.read(data, path, ctx)


NUMBERS = Record(
    "numbers",
    (
        Key("call_time", LAW, "time that calling a number takes whose holder has left", "none", example="20 s"),
        Key("most", Whole(1), "most numbers given out and not yet called", "no limit", example="40"),
    ),
    "Queue numbers that stay: who gives up, or does not want to wait, leaves without a word; the number is called all "
    "the same. `join_probability` then goes by the numbers ahead of one's own, and only where no server is free.",
)
CALLS = Record(
    "calls",
    (
        Key("unanswered", ByType(SHARE), "part of the first calls that nobody answers", required=True, example="10 %"),
        Key("time_out", LAW, "how long a call lasts that is not answered", required=True, example="30 s"),
        Key("recalls", Whole(0, MOST_RECALLS), "how often the number is called again before it is skipped", "0"),
        Key("unanswered_again", SHARE, "part of the recalls that nobody answers either", "100 %", example="50 %"),
        Key(
            "comes_back",
            _Back((Choice("a place in the line", ("end", "head")), Whole(1, 10_000))),
            "where who was skipped stands when he comes back to the line: at its `end`, at its `head`, or behind so "
            "many tickets",
            "end",
            example="3",
        ),
    ),
    "Customers who wait and are not at hand when they are called. The server calls until somebody comes or the ticket "
    "is skipped; `on_no_show` says where its holder goes then, such as to a delay that leads back to this station.",
)


def read_calls(given: dict[str, Any], mode: str, outages: bool, path: Path, customers: Customers) -> Calls | None:
    """Return how customers of a station answer; None if at once, or after a complaint."""
    calls, ctx = given.get("calls"), customers.ctx
    if calls is None:
        return None
    if given.get("breakdowns") or outages or mode == "preemptive":
        other = "shifts that end preemptive" if mode == "preemptive" else "breakdowns or outages"
        ctx.add((*path, "calls"), f"calls that nobody answers cannot stand beside {other}")
    table = calls.get("unanswered")
    if not table or calls.get("time_out") is None:
        return None
    chosen = customers.by_type(table, (*path, "calls", "unanswered"))
    again, back = calls.get("unanswered_again"), calls.get("comes_back")
    return Calls(
        tuple(float(table[s] or 0) if s is not None else 0.0 for s in chosen),
        calls["time_out"],
        calls.get("recalls") or 0,
        1.0 if again is None else float(again),
        {"head": 0, "end": -1, None: -1}.get(back, back),
    )
