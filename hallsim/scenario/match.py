"""A match of channel, transaction and customer: whom each sort of customers is guided to first, and why.

In: the parsed `match` of a catchment, the channels and what a transaction costs in each. Out: for every type the share
of its customers whom each channel gets. Each type has an order of the channels that can do its transaction; a customer
asks the first one of it that reaches him, whether others do or not. High-value customers have the channels that
they prefer first, other customers the cheapest; before that, transactions of low value and risk, and niche ones, go to
electronic channels, standard products to partners.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import ELECTRONIC_KINDS, HALL, Channel
from hallsim.scenario.costs import unit_cost
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import SHARE, Choice, Key, ListOf, NameMap, Record, Text
from hallsim.scenario.tree import Path

COST_WORDS = ("avoidable", "paper")
PATH: Path = ("catchment", "match")
MATCH = Record(
    "a match",
    (
        Key("followed", SHARE, "part of the customers who do as they are guided", "100 %", example="30 %"),
        Key(
            "prefers",
            NameMap("segment", ListOf(Text(), "channels")),
            "high-value segments, and the channels that they prefer, in this order; `hall` is the hall",
            "none",
            example="{vip: [manager, hall]}",
        ),
        Key(
            "electronic",
            ListOf(Text(), "transactions"),
            "transactions, or kinds of them, of low value and risk, and niche ones: electronic channels first",
            "the kind `service`",
            example="[service, incentive]",
        ),
        Key(
            "partner",
            ListOf(Text(), "transactions"),
            "standard products, or kinds of them: partners first",
            "the kind `sales`",
            example="[new_line, top_up]",
        ),
        Key("cost", Choice("a cost", COST_WORDS), "which cost of `costs` makes a channel cheap", "avoidable"),
    ),
    "Guides customers by what channel, transaction and customer are: `first_choice` then is that of those who do not "
    "follow. `hallsim channels` prints what comes out.",
)


def matched(
    data: dict[str, Any], channels: tuple[Channel, ...], customers: Customers
) -> tuple[list[dict[str, Fraction]], list[str]]:
    """Return for each type whom the match gives to which channel, `HALL` among them, and the reason.

    Reasons are "preference", "electronic", "partner" and "cost"; complaints go to the customers' `Reading`.
    """
    match = data["catchment"]["match"]
    cost = _costs(data, channels, match.get("cost") or COST_WORDS[0], customers)
    prefers = _preferences(match.get("prefers") or {}, channels, customers)
    electronic, partner = (
        _business(match.get(key), default, (*PATH, key), customers)
        for key, default in (("electronic", "service"), ("partner", "sales"))
    )
    rows, reasons = [], []
    for t, kind in enumerate(customers.types):
        segment = customers.segments[kind.segment].name
        able = [HALL, *(c.name for c in channels if c.able[t])]
        cheapest = sorted(able, key=lambda name: (cost.get(name, 0.0), able.index(name)))
        kinds: Sequence[str] = ()
        reason = "cost"
        if segment in prefers:
            reason = "preference"
        elif kind.transaction in electronic:
            reason, kinds = "electronic", ELECTRONIC_KINDS
        elif kind.transaction in partner:
            reason, kinds = "partner", ("partner",)
        pushed = {c.name for c in channels if c.kind in kinds}
        first = [
            name for name in prefers.get(segment, cheapest) if name in able and (segment in prefers or name in pushed)
        ]
        rows.append(_shares(dict.fromkeys([*first, *cheapest]), channels, t))
        reasons.append(reason)
    return rows, reasons


def _shares(order: dict[str, None], channels: tuple[Channel, ...], kind: int) -> dict[str, Fraction]:
    """Return the part of a type that the first channel of the order gets which reaches them, and so on."""
    reach = {c.name: c.reach[kind] for c in channels}
    left, found = Fraction(1), {}
    for name in order:
        part = Fraction(1) if name == HALL else reach[name]
        found[name] = left * part
        left -= found[name]
    return found


def _costs(data: dict[str, Any], channels: tuple[Channel, ...], which: str, customers: Customers) -> dict[str, float]:
    """Return what a transaction costs in the hall and in each channel."""
    costs = data.get("costs") or {}
    given = {HALL: costs.get("hall"), **(costs.get("channels") or {})}
    without = [name for name in (HALL, *(c.name for c in channels)) if not given.get(name)]
    if without:
        customers.ctx.add(PATH, f"compares costs, but costs has none of {', '.join(without)}")
    return {name: getattr(unit_cost(record), which) for name, record in given.items() if record}


def _preferences(given: dict[str, Any], channels: tuple[Channel, ...], customers: Customers) -> dict[str, list[str]]:
    """Return the channels that segments prefer."""
    known = [HALL, *(c.name for c in channels)]
    for segment, names in given.items():
        if customers.segment_index(segment) < 0:
            segments = [s.name for s in customers.segments]
            customers.ctx.add((*PATH, "prefers", segment), not_one_of(segment, "a segment", segments))
        for i, name in enumerate(names or []):
            if name is not None and name not in known:
                customers.ctx.add((*PATH, "prefers", segment, i), not_one_of(name, "a channel, or hall", known))
    return {segment: [name for name in names or [] if name in known] for segment, names in given.items()}


def _business(given: list[str] | None, default: str, path: Path, customers: Customers) -> set[int]:
    """Return the transactions that a list names, by name or kind."""
    if given is None:
        return {i for i, t in enumerate(customers.transactions) if t.kind == default}
    return customers.business(given, path)
