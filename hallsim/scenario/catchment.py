"""The catchment of a hall: which channel its people ask first, by type of customer.

In: the parsed `catchment`. Out: for every type the share of its customers who ask each channel first, the hall among
them (semantics 49), and the transactions that are payments. Where customers then go is `hallsim.scenario.channels`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import HALL, Channel, FirstChoice
from hallsim.scenario.customers import Customers, sum_to_one
from hallsim.scenario.kinds import SHARE, Key, ListOf, NameMap, Portion, Record, Routing, Text
from hallsim.scenario.match import MATCH, matched
from hallsim.scenario.tree import Path

DEFAULT_PAYMENTS = "payment"
Choices = list[dict[str, Fraction]]
"""By type: channel (or `HALL`) -> share of those who ask it first, in the order in which one draw is cut."""

SHIFT = Record(
    "a shift of demand",
    (
        Key("to", Text(), "the channel that gains", required=True, example="app"),
        Key("points", SHARE, "by so many percentage points of each sort of customers", required=True, example="23 %"),
        Key(
            "taken_from",
            NameMap("channel", Portion(), also=(HALL,)),
            "which part of it is taken from which channel",
            required=True,
            example="{hall: 60 %, agent: rest}",
        ),
    ),
    "Customers who change their habit: those whom the channel cannot serve stay where they are.",
)
CATCHMENT = Record(
    "catchment",
    (
        Key(
            "first_choice",
            Routing(),
            "which channel customers ask first; `hall` is the hall itself",
            required=True,
            example="{hall: 40 %, app: 27 %, agent: rest}",
        ),
        Key("shift", SHIFT, "a change of it", "none", example="{to: app, points: 23 %, taken_from: {hall: all}}"),
        Key(
            "match",
            MATCH,
            "guides customers to channels; before a shift",
            "none",
            example="{followed: 30 %, prefers: {vip: [hall]}}",
        ),
        Key(
            "payments",
            ListOf(Text(), "transactions"),
            "transactions that are payments: the electronic share is given with and without them",
            "those called `payment`",
            example="[payment, top_up]",
        ),
    ),
    "The demand around the hall: `arrivals` are then all who want a transaction done, and who asks another channel "
    "first does not come, unless that fails. Such visits end as *elsewhere*.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the people of a catchment ask first: by type the shares, and the reasons of a match (empty: none)."""

    choices: Choices
    reasons: tuple[str, ...] = ()

    def in_model(self, channels: tuple[Channel, ...]) -> tuple[FirstChoice, ...]:
        """Return them as the model has them."""
        known = [HALL, *(c.name for c in channels)]
        reasons = self.reasons or ("",) * len(self.choices)
        rows = zip(self.choices, reasons, strict=True)
        return tuple(FirstChoice(tuple(float(row.get(n, 0)) for n in known), reason) for row, reason in rows)


def read_first_choices(data: dict[str, Any], channels: tuple[Channel, ...], customers: Customers) -> Asked:
    """Return whom the people of each type ask first; nothing without a catchment, or after complaints.

    The hall comes first and what gains by a shift next: who changes then are those at the edges of their shares, and
    nobody else. What a channel cannot do is asked of the hall.
    """
    catchment = data.get("catchment")
    if not catchment or not catchment.get("first_choice"):
        return Asked([])
    known = [HALL, *(c.name for c in channels)]
    written = resolved(catchment["first_choice"], ("catchment", "first_choice"), known, customers)
    shift = _read_shift(catchment, known, customers)
    guided: Choices = [{} for _ in customers.types]
    reasons: list[str] = []
    followed = Fraction(0)
    if catchment.get("match") is not None:
        guided, reasons = matched(data, channels, customers)
        followed = catchment["match"].get("followed", Fraction(1)) or Fraction(0)
    gains = shift[0] if shift is not None else None
    rises = "publicity" in data or "persons" in data
    found: Choices = []
    for t, own in enumerate(written if not customers.ctx.errors else []):
        shares = dict.fromkeys(known, Fraction(0)) | own
        for channel in channels:
            if not channel.able[t]:
                shares[HALL] += shares[channel.name]
                shares[channel.name] = Fraction(0)
        for name in known:
            shares[name] = (1 - followed) * shares[name] + followed * guided[t].get(name, 0)
        # a share that rises from nothing, or falls to it, has its place on all days
        kept = {gains, *(name for name in known if shares[name] > 0)} if rises else set()
        if shift is not None and channels[known.index(shift[0]) - 1].able[t]:
            _move(shares, shift, customers.types[t].name, customers)
        order = dict.fromkeys([HALL, *([gains] if gains else []), *known])
        found.append({name: shares[name] for name in order if shares[name] > 0 or name in kept})
    return Asked(found, tuple(reasons) if found else ())


def read_payments(data: dict[str, Any], customers: Customers) -> tuple[int, ...]:
    """Return the indices of the transactions that are payments."""
    given = (data.get("catchment") or {}).get("payments")
    known = [t.name for t in customers.transactions]
    if given is None:
        return tuple(i for i, name in enumerate(known) if name == DEFAULT_PAYMENTS)
    for i, name in enumerate(given):
        if name is not None and name not in known:
            customers.ctx.add(("catchment", "payments", i), not_one_of(name, "a transaction", known))
    return tuple(known.index(name) for name in given if name in known)


def resolved(table: dict[str, Any], path: Path, known: list[str], customers: Customers) -> Choices:
    """Return the shares of each type in a table of channels; complaints leave them empty."""
    ctx, nothing = customers.ctx, [dict[str, Fraction]() for _ in customers.types]
    for selector, shares in table.items():
        here = (*path, selector) if selector else path
        for name in shares or {}:
            if name not in known:
                bare = shares == {name: Fraction(1)}
                ctx.add(here if bare else (*here, name), not_one_of(name, "a channel, or hall", known))
    chosen = customers.by_type(table, path)
    without = [kind.name for kind, who in zip(customers.types, chosen, strict=True) if who is None]
    if without:
        ctx.add(path, f"does not say whom {', '.join(without)} asks; add {without[0]} or rest")
    if ctx.errors:
        return nothing
    sums = {who: sum_to_one(shares, (*path, who) if who else path, ctx) for who, shares in table.items() if shares}
    return nothing if ctx.errors else [dict(sums[who or ""] or {}) for who in chosen]


def _read_shift(
    catchment: dict[str, Any], known: list[str], customers: Customers
) -> tuple[str, Fraction, dict[str, Fraction]] | None:
    """Return which channel gains, by how much, and which part of it from which; None if there is no shift."""
    given, path = catchment.get("shift"), ("catchment", "shift")
    if not given or given.get("to") is None or given.get("points") is None or not given.get("taken_from"):
        return None
    ctx, to = customers.ctx, given["to"]
    if to not in known[1:]:
        ctx.add((*path, "to"), not_one_of(to, "a channel", known[1:]))
        return None
    for name in given["taken_from"]:
        if name not in known:
            ctx.add((*path, "taken_from", name), not_one_of(name, "a channel, or hall", known))
        elif name == to:
            ctx.add((*path, "taken_from", name), f"{to} cannot gain from itself")
    parts = sum_to_one(given["taken_from"], (*path, "taken_from"), ctx)
    return None if parts is None else (to, given["points"], parts)


def _move(
    shares: dict[str, Fraction], shift: tuple[str, Fraction, dict[str, Fraction]], who: str, customers: Customers
) -> None:
    to, points, parts = shift
    for name, part in parts.items():
        if shares[name] < points * part:
            has, needs = (f"{float(100 * x):.3g} %" for x in (shares[name], points * part))
            text = f"takes {needs} of {who} from {name}, which only {has} of them ask first"
            customers.ctx.add(("catchment", "shift", "points"), text)
            return
    for name, part in parts.items():
        shares[name] -= points * part
    shares[to] += points
