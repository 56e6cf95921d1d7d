"""Follow-on transactions: with which probability a customer who has been served goes on with which, and where.

In: the parsed `follow_ons`. Out: customer types that nobody is at the door, and what follows what (`Customers`); on the
finished hall, complaints about counters that cannot go on with a customer. Where new tickets lead is read with all
other routes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import FollowOn, Model
from hallsim.scenario.customers import Customers, add_types
from hallsim.scenario.kinds import SHARE, Key, ListOf, NameMap, Record, Routing, Text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import format_share

FOLLOW_ONS = Record(
    "follow-on transactions",
    (
        Key(
            "share",
            NameMap("customer", NameMap("transaction", SHARE), any_text=True),
            "by customer: what part of those who would leave as served has which transaction next",
            required=True,
            example="{payment: {plan: 15 %}, vip plan: {card: 5 %, payment: 5 %}}",
        ),
        Key(
            "then",
            Routing(),
            "where they take a new ticket: a destination, or a table, by the transaction that they have now",
            required=True,
            example="triage",
        ),
        Key(
            "same_counter",
            ListOf(Text(), "stations"),
            "stations whose servers go on with the customer at once, without a new ticket, if they call his like",
            "none",
            example="[counter]",
        ),
    ),
    "Several transactions of different kinds in a visit: who would leave as served may have another one first, and is "
    "a customer of that transaction from then on.",
)
_PATH: Path = ("follow_ons", "share")
_SLACK = Fraction(1, 10**9)


def read_follow_ons(data: dict[str, Any], customers: Customers, pairs: set[tuple[int, int]]) -> None:
    """Note what follows what, and add the types that are only made so; `pairs` are those that tables bring."""
    share = (data.get("follow_ons") or {}).get("share")
    if not share or not _sound(share, customers):
        return
    at_door = set(customers.types)
    complaints = len(customers.ctx.errors)
    while True:
        chosen = customers.by_type(share, _PATH)
        if len(customers.ctx.errors) > complaints:
            return
        index = {(t.segment, t.transaction, t.skill): i for i, t in enumerate(customers.types) if t.count == 1}
        nexts = [
            {(t.segment, customers.transaction_index(name), t.skill): part for name, part in share[who].items()}
            if who is not None
            else {}
            for t, who in zip(customers.types, chosen, strict=True)
        ]
        wanted = {key for own in nexts for key in own}
        if wanted <= index.keys():
            break
        pairs = pairs | {(segment, transaction) for segment, transaction, _ in wanted}
        add_types(customers, pairs, data.get("tickets"))
    customers.follow_ons = tuple(
        tuple(FollowOn(float(part), index[key]) for key, part in own.items() if part > 0) for own in nexts
    )
    customers.only_follow = frozenset(i for i, kind in enumerate(customers.types) if kind not in at_door)
    _ends(chosen, customers)


def _sound(share: dict[str, Any], customers: Customers) -> bool:
    """Return whether all transactions are known and no shares sum to more than all, after complaints if not."""
    before = len(customers.ctx.errors)
    known = [t.name for t in customers.transactions]
    for selector, nexts in share.items():
        for name in nexts or {}:
            if name not in known:
                customers.ctx.add((*_PATH, selector, name), not_one_of(name, "a transaction", known))
        parts = [part for part in (nexts or {}).values() if part is not None]
        if sum(parts, Fraction(0)) > 1:
            customers.ctx.add((*_PATH, selector), f"the shares sum to {format_share(sum(parts))}, more than 100 %")
    broken = any(nexts is None or None in nexts.values() for nexts in share.values())
    return not broken and len(customers.ctx.errors) == before


def _ends(chosen: list[str | None], customers: Customers) -> None:
    """Complain of transactions that follow one another for ever."""
    rows = customers.follow_ons
    ends = {i for i, own in enumerate(rows) if sum(Fraction(follow.probability) for follow in own) < 1 - _SLACK}
    while more := {i for i, own in enumerate(rows) if i not in ends and any(f.type in ends for f in own)}:
        ends |= more
    trapped = next((i for i in range(len(rows)) if i not in ends), -1)
    if trapped >= 0:
        text = f"{customers.types[trapped].name}: transactions follow one another for ever; let some visits end"
        customers.ctx.add((*_PATH, chosen[trapped] or ""), text)


def check_follow_ons(model: Model, ctx: Reading) -> None:
    """Complain of stations whose servers cannot go on with a customer."""
    for station in model.stations:
        if not station.goes_on:
            continue
        for what, given in (
            ("breakdowns", station.breakdowns),
            ("outages", station.outages),
            ("a walk before services", any(station.walk)),
            ("work after services", any(station.wrap_up)),
        ):
            if given:
                text = f"the servers of {station.name} cannot go on with the same customer: it has {what}"
                ctx.add(("follow_ons", "same_counter"), text)
