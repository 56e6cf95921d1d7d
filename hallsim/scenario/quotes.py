"""Quotes: what a queue machine tells customers, and what they make of it.

In: the parsed `quote` of a station. Out: `Quotes` of the model, once without and once with the mean services that
estimates go by, which are known when the hall is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from hallsim.model import QUOTES, US_PER_MINUTE, Model, Quotes, QuoteStep, Station
from hallsim.scenario import cross_checks
from hallsim.scenario.customers import Customers
from hallsim.scenario.flows import Flows
from hallsim.scenario.kinds import GRAIN, LENGTH, Choice, Key, Kind, Number, Record, Schema
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import parse_duration, show, to_ticks

_BOUND = re.compile(r"\s*\d+(\.\d+)?\s*(us|ms|s|min|h|d)?\s*")
Bounds = dict[str, float]


@dataclass(frozen=True)
class StepsByType(Kind):
    """A value by quote, `{"10 min": 0.9, "20 min": 0.5}`, or a mapping from customers to such.

    Reads into {selector: {bound as written: value}}; the selector of everybody is "".
    """

    value: Kind
    takes: frozenset[str] = field(init=False, default=frozenset({"mapping"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Bounds | None] | None:
        if not isinstance(data, dict) or not data:
            ctx.add(path, f"needs values by quote, such as {{10 min: 0.9, 20 min: 0.5}}, not {show(data or None)}")
            return None
        if all(_BOUND.fullmatch(str(key)) for key in data):
            return {"": self._steps(data, path, ctx)}
        return {str(key): self._row(row, (*path, key), ctx) for key, row in data.items()}

    def _row(self, data: Any, path: Path, ctx: Reading) -> Bounds | None:
        if not isinstance(data, dict) or not data:
            ctx.add(path, f"needs values by quote, such as {{10 min: 0.9, 20 min: 0.5}}, not {show(data or None)}")
            return None
        return self._steps(data, path, ctx)

    def _steps(self, data: dict[str, Any], path: Path, ctx: Reading) -> Bounds | None:
        found = {str(key): self.value.read(value, (*path, key), ctx) for key, value in data.items()}
        return None if any(value is None for value in found.values()) else found

    def describe(self) -> str:
        return f"mapping from quotes to {self.value.describe()}; or a mapping from customers to such"

    def schema(self) -> Schema:
        steps = {"type": "object", "additionalProperties": self.value.schema(), "minProperties": 1}
        return {"anyOf": [steps, {"type": "object", "additionalProperties": steps, "minProperties": 1}]}


QUOTE = Record(
    "a quote",
    (
        Key(
            "tells",
            Choice("a quote", QUOTES),
            "`ahead`: how many wait in the same line; `estimate`: these times the mean service, by the servers on duty "
            "who may call the line",
            required=True,
            example="estimate",
        ),
        Key("factor", Number(above=0, high=100), "the estimate is multiplied by it; above 1 is pessimistic", "1"),
        Key("rounded_to", GRAIN, "the estimate is rounded to it", "1 min"),
        Key(
            "mean_service",
            LENGTH,
            "what the estimate goes by",
            "the mean of the line, over the customers expected",
            example="6 min",
        ),
        Key(
            "joining",
            StepsByType(Number(low=0, high=1)),
            "probability to join, from a quote of so much on",
            "always 1",
            example='{"15 min": 0.8, "30 min": 0.5}',
        ),
        Key(
            "patience",
            StepsByType(Number(low=0, high=1000)),
            "the patience drawn is multiplied by it, from a quote of so much on",
            "always 1",
            example='{"10 min": 1.3}',
        ),
    ),
    "What customers are told who find nobody free. Below the first quote of a table, its value is 1.",
)


def read_quotes(given: dict[str, Any], lines: int, path: Path, customers: Customers) -> Quotes | None:
    """Return what a station tells; None if it tells nothing, or after a complaint."""
    quote, ctx = given.get("quote"), customers.ctx
    if not quote or quote.get("tells") is None:
        return None
    here, tells = (*path, "quote"), quote["tells"]
    if "join_probability" in given and "joining" in quote:
        ctx.add((*here, "joining"), "joining and join_probability are both given; only one of them can hold")
    if "patience" in quote and "patience" not in given:
        ctx.warn((*here, "patience"), "has no effect without patience at the station")
    if tells == "ahead":
        for key in ("factor", "rounded_to", "mean_service"):
            if key in quote:
                ctx.add((*here, key), "belongs to an estimate, not to a number ahead")
    joining = _by_type(quote.get("joining"), tells, (*here, "joining"), customers)
    patience = _by_type(quote.get("patience"), tells, (*here, "patience"), customers)
    mean = quote.get("mean_service")
    return Quotes(
        tells,
        tuple(_steps(*own) for own in zip(joining, patience, strict=True)),
        (float(mean),) * lines if mean else (),
        quote.get("factor") or 1.0,
        quote.get("rounded_to") or US_PER_MINUTE,
    )


def _by_type(table: dict[str, Bounds | None] | None, tells: str, path: Path, customers: Customers) -> list[Any]:
    """Return for each type {bound: value}, the bounds as numbers."""
    if not table:
        return [{}] * len(customers.types)
    rows: dict[str, dict[int, float]] = {}
    for selector, steps in table.items():
        rows[selector] = {}
        for text, value in (steps or {}).items():
            where = (*path, selector, text) if selector else (*path, text)
            bound = _bound(text, tells, where, customers.ctx)
            if bound in rows[selector]:
                customers.ctx.add(where, f"{text} is there twice")
            rows[selector][bound] = value
    return [rows[selector] if selector is not None else {} for selector in customers.by_type(table, path)]


def _bound(text: str, tells: str, path: Path, ctx: Reading) -> int:
    if tells == "ahead":
        if not text.strip().isdecimal():
            ctx.add(path, f"{show(text)} is not a number ahead such as 5")
            return -1
        return int(text)
    try:
        return to_ticks(parse_duration(text))
    except ValueError as problem:
        ctx.add(path, str(problem))
        return -1


def _steps(joining: dict[int, float], patience: dict[int, float]) -> tuple[QuoteStep, ...]:
    """Return both tables as one."""
    found, joins, factor = [], 1.0, 1.0
    for bound in sorted({0, *joining, *patience}):
        joins, factor = joining.get(bound, joins), patience.get(bound, factor)
        found.append(QuoteStep(bound, joins, factor))
    return tuple(found)


def with_means(model: Model) -> Model:
    """Return the hall with the mean services that estimates go by, where the scenario gives none.

    The mean of a line is that of its types, weighted by how many of each are expected at the station.
    """
    if not any(_estimates(s) for s in model.stations) and model.network is None:
        return model
    coming = sum(cross_checks.arrivals_in(s, model, model.open, model.close) for s in model.sources)
    expected = Flows(model).expected(coming)  # type: ignore[arg-type]
    stations = list(model.stations)
    for i, station in enumerate(model.stations):
        means = _means(station, expected[:, i].tolist())
        if station.quotes and station.quotes.tells == "estimate" and not station.quotes.means:
            station = replace(station, quotes=replace(station.quotes, means=means))
        if station.extra and station.extra.by == "estimated_wait":
            station = replace(station, extra=replace(station.extra, means=means))
        stations[i] = station
    if model.network is not None:
        of_halls = ((b, b.published) for b in model.network.branches)
        known = (replace(b, means=_means(stations[i], expected[:, i].tolist())) for b, i in of_halls)
        model = replace(model, network=replace(model.network, branches=tuple(known)))
    return replace(model, stations=tuple(stations))


def _estimates(station: Station) -> bool:
    """Return whether a station estimates waits by means that the scenario does not give."""
    quotes, extra = station.quotes, station.extra
    told = quotes is not None and quotes.tells == "estimate" and not quotes.means
    return told or (extra is not None and extra.by == "estimated_wait")


def check_quotes_asked(model: Model, ctx: Reading) -> None:
    """Complain of conditions that ask for an estimate where none is told."""
    whens = [case.when for case in model.entry_cases]
    whens += [case.when for station in model.stations for case in station.cases]
    whens += [case.when for station in model.stations for case in station.joining]
    for asked in sorted({t.station for when in whens for t in when if t.what == "quoted_wait"}):
        station = model.stations[asked]
        if station.quotes is None or station.quotes.tells != "estimate":
            text = "a condition asks for the wait quoted here, but no estimate is told; add quote: {tells: estimate}"
            ctx.add(("stations", station.name), text)


def _means(station: Station, expected: list[float]) -> tuple[float, ...]:
    found = []
    for line in range(len(station.lines)):
        own = [t for t, mine in enumerate(station.line_of_type) if mine == line]
        weights = [expected[t] for t in own]
        if not sum(weights) > 0:
            weights = [1.0] * len(own)
        total = sum(w * station.service[t].mean for w, t in zip(weights, own, strict=True))
        found.append(total / sum(weights) if own else 0.0)
    return tuple(found)
