"""Costs and benefits: the parsed `costs` -> `Costs` of the model.

In: parsed costs, the stations, transactions and ways out of the hall. Nothing here has to do with what happens in the
hall, only with what its figures are worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Churn, Costs, Exit, Station, Transaction, UnitCost
from hallsim.scenario.kinds import LENGTH, SHARE, Either, Key, NameMap, Number, Record, TimeMap
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import UNITS_US

MACHINES = ("kiosk", "experience")
"""Roles whose servers are machines, which have a wage only where they are named."""
_MONEY = Number(low=0, high=1e9)
_FORMULA = ("depreciation", "maintenance", "marketing")
UNIT_COST = Record(
    "a unit cost",
    (
        Key("unit_cost", _MONEY, "of a transaction on paper, instead of the next four", "0", example="28"),
        Key("depreciation", _MONEY, "of what was built, per month", "0", example="90000"),
        Key("maintenance", _MONEY, "per month", "0", example="30000"),
        Key("marketing", _MONEY, "per month", "0", example="104000"),
        Key("transactions", Number(above=0, high=1e9), "that share these, per month", example="8000"),
        Key("avoidable", _MONEY, "what one transaction less really saves", "0", example="3.5"),
    ),
    "Cost of a transaction on paper, (depreciation + maintenance + marketing) / transactions, an average that falls "
    "when more is done; and the avoidable cost, by which a decision is judged.",
)
CHURN = Record(
    "churn",
    (
        Key("value", _MONEY, "what a customer who leaves the operator takes away", required=True, example="400"),
        Key("lost", SHARE, "part of the lost customers who do", "0 %", example="2 %"),
        Key("waited", SHARE, "part of those who waited longer than `over`", "0 %", example="0.5 %"),
        Key("over", LENGTH, "a wait at the counters", example="20 min"),
    ),
    "An assumption about customers who leave the operator because of the service they had: "
    "`churn: {value: 400, lost: 2 %, waited: 0.5 %, over: 20 min}`.",
)
COSTS = Record(
    "costs",
    (
        Key(
            "wage",
            Either((_MONEY, NameMap("station or role", _MONEY, also=("rest",)))),
            "per paid hour; `rest` and a single number leave out kiosks, experience terminals and other channels",
            "0",
            example="{counter: 38, rest: 26}",
        ),
        Key(
            "wage_by_hour",
            TimeMap("factors", Number(low=0, high=10)),
            "from a full hour on, an hour costs so many times the wage, for everybody; `overtime` comes on top of the "
            "plain wage",
            "1 all day",
            example='{"18:00": 1.5}',
        ),
        Key("overtime", Number(low=1, high=10), "an hour of overtime costs so many times as much", "1", example="1.5"),
        Key("rent", _MONEY, "of the hall, per day", "0", example="1200"),
        Key(
            "area_m2",
            Number(above=0, high=1e6),
            "floor area of the hall, m²; with it, results tell output and sales per square metre",
            "not told",
            example="260",
        ),
        Key("equipment", NameMap("station", _MONEY), "per day and server or machine", "0", example="{kiosk: 25}"),
        Key("hall", UNIT_COST, "of a transaction done in it", "nothing", example="{unit_cost: 28, avoidable: 3.5}"),
        Key(
            "channels",
            NameMap("channel", UNIT_COST),
            "of a transaction that another channel does; which is only in figures of costs",
            "nothing",
            example="{app: {unit_cost: 0.13, avoidable: 0.05}}",
        ),
        Key("waiting", _MONEY, "an hour that a customer waits in line", "0", example="20"),
        Key("lost", _MONEY, "each visit lost: gave up, balked or closed out", "0", example="15"),
        Key("sales", NameMap("transaction", _MONEY), "what each one done is worth", "0", example="{plan: 12}"),
        Key("cross_sale", _MONEY, "what each sale at an experience terminal is worth", "0", example="80"),
        Key("churn", CHURN, "customers who leave the operator", "none", example="{value: 400, lost: 2 %}"),
    ),
    "What the hall costs and earns, in any money; it changes no simulated day. With it, results tell cost by kind, "
    "cost of a transaction, output of counters and staff, and electronic shares.",
)


def read_costs(
    data: dict[str, Any],
    stations: Sequence[Station],
    transactions: Sequence[Transaction],
    exits: Sequence[Exit],
    ctx: Reading,
) -> Costs | None:
    """Return what the hall costs, None without costs."""
    given = data.get("costs")
    if given is None:
        return None
    if "run_for" in data:
        ctx.add(("costs",), "a steady-state run has no days, by which rent and machines are counted; give open instead")
    names = [t.name for t in transactions]
    sales = _by_name(given.get("sales"), names, "a transaction", ("costs", "sales"), ctx)
    channels = [*(data.get("channels") or {}), *(e.channel for e in exits if e.channel)]
    by_channel = _by_name(given.get("channels"), channels, "a channel of this hall", ("costs", "channels"), ctx)
    units = {name: _unit_cost(record, ("costs", "channels", name), ctx) for name, record in by_channel.items()}
    machines = _by_name(given.get("equipment"), _staffed(stations), "a station", ("costs", "equipment"), ctx)
    return Costs(
        wage=_wages(given.get("wage"), stations, ctx),
        equipment=tuple(float(machines.get(s.name) or 0.0) for s in stations),
        channels=tuple(units.get(e.channel, UnitCost()) for e in exits),
        sale=tuple(float(sales.get(name) or 0.0) for name in names),
        hall=_unit_cost(given.get("hall"), ("costs", "hall"), ctx),
        overtime=given.get("overtime") or 1.0,
        wage_factors=_wage_factors(given, ctx),
        churn=_churn(given.get("churn"), ctx),
        area=float(given.get("area_m2") or 0.0),
        **{key: float(given.get(key) or 0.0) for key in ("rent", "waiting", "lost", "cross_sale")},
    )


def _staffed(stations: Sequence[Station]) -> list[str]:
    return [s.name for s in stations if not s.delay]


def _by_name(
    given: Mapping[str, Any] | None, known: Sequence[str], what: str, path: Path, ctx: Reading
) -> dict[str, Any]:
    """Return the entries whose names are known; the others are complained about."""
    for name in given or {}:
        if name not in known:
            ctx.add((*path, name), not_one_of(name, what, list(dict.fromkeys(known))))
    return {name: value for name, value in (given or {}).items() if name in known}


def _wages(given: float | dict[str, float] | None, stations: Sequence[Station], ctx: Reading) -> tuple[float, ...]:
    """Return the wage of each station: by its name, else by its role, else that of the rest."""
    by_name = given if isinstance(given, dict) else {"rest": given}
    staffed = [s for s in stations if not s.delay]
    known = list(dict.fromkeys([*(s.name for s in staffed), *(s.role for s in staffed), "rest"]))
    _by_name(by_name, known, "a station or role of this hall", ("costs", "wage"), ctx)

    def wage(station: Station) -> float:
        if station.delay:
            return 0.0
        own = by_name.get(station.name, by_name.get(station.role))
        if own is None and station.role not in MACHINES and not station.outside:
            own = by_name.get("rest")
        return float(own or 0.0)

    return tuple(wage(station) for station in stations)


def _wage_factors(given: Mapping[str, Any], ctx: Reading) -> tuple[tuple[int, float], ...]:
    """Return from when on an hour costs how many times the wage."""
    path: Path = ("costs", "wage_by_hour")
    steps = given.get("wage_by_hour") or []
    for time, _, written in steps:
        if time % UNITS_US["h"]:
            ctx.add((*path, written), f"{written} is no full hour, by which paid time is counted")
    if steps and not given.get("wage"):
        ctx.warn(path, "has no effect without wage")
    return tuple((time, float(factor)) for time, factor, _ in steps)


def _unit_cost(given: dict[str, Any] | None, path: Path, ctx: Reading) -> UnitCost:
    """Return a unit cost, with complaints."""
    given = given or {}
    parts = [key for key in _FORMULA if key in given]
    if parts and "unit_cost" in given:
        ctx.add((*path, "unit_cost"), f"stands beside {parts[0]}: give the cost of a transaction or what it is made of")
    elif parts and "transactions" not in given:
        ctx.add((*path, parts[0]), "needs transactions: how many a month share it")
    elif "transactions" in given and not parts:
        ctx.add((*path, "transactions"), f"has no effect without {', '.join(_FORMULA[:-1])} or {_FORMULA[-1]}")
    found = unit_cost(given)
    if found.paper and found.avoidable > found.paper:
        text = f"{found.avoidable:g} is more than the {found.paper:g} that a transaction costs on paper"
        ctx.warn((*path, "avoidable"), text)
    return found


def unit_cost(given: Mapping[str, Any]) -> UnitCost:
    """Return a unit cost as parsed, by the formula where its parts are given."""
    paper = float(given.get("unit_cost") or 0.0)
    if given.get("transactions"):
        paper = sum(float(given.get(key) or 0.0) for key in _FORMULA) / given["transactions"] or paper
    return UnitCost(paper, float(given.get("avoidable") or 0.0))


def _churn(given: dict[str, Any] | None, ctx: Reading) -> Churn | None:
    if not given:
        return None
    if ("waited" in given) != ("over" in given):
        here, missing = ("waited", "over") if "waited" in given else ("over", "waited")
        ctx.add(
            ("costs", "churn", here), f"needs {missing}: {'how long a wait' if missing == 'over' else 'which part'}"
        )
    return Churn(
        value=float(given.get("value") or 0.0),
        lost=float(given.get("lost") or 0.0),
        waited=float(given.get("waited") or 0.0),
        over=given["over"] if given.get("over") is not None else -1,
    )
