"""Call rules: whom a free server calls, and in which case which rule holds.

In: the parsed `call` of a station. Out: its lines with their ranks, and `CallRule`s of the model; none where the
ranks of the lines say it all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hallsim.model import Line
from hallsim.parts.calls import SCORES
from hallsim.parts.calls.rule import GRACE_BY, CallRule, Grace
from hallsim.scenario.conditions import FORMS, MOST_CASES, read_cases, read_condition
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import (
    LENGTH,
    PAUSE,
    Choice,
    Either,
    Key,
    Kind,
    ListOf,
    NameMap,
    Number,
    Phrase,
    Record,
    Schema,
    Text,
)
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import UNITS_US

RULES = tuple(score for score in SCORES if score != "weighted_wait")
"""The rules that need no numbers."""
MOST_WEIGHT = 1000
LONGEST = 30 * UNITS_US["d"]
AGEING, HEAD_START = replace(LENGTH, longest=LONGEST), replace(PAUSE, longest=LONGEST)

GRACE = Record(
    "appointments first",
    (
        Key("early", PAUSE, "from so long before the booked time on", "0 min", example="5 min"),
        Key("late", PAUSE, "who comes more than so long after it is called like everybody else", required=True),
        Key(
            "by",
            Choice("a moment to judge by", GRACE_BY),
            "`coming`: who has come to the hall in time stays ahead until called; `calling`: that ends, too, so long "
            "after the booked time",
            "coming",
        ),
    ),
    "Customers with appointments are called before all others, in the order of joining. `within 10 min` stands for "
    "`{early: 10 min, late: 10 min}`.",
)
WHO = "ticket class or segment"
CALL_RULE = Record(
    "a call rule",
    (
        Key(
            "priority",
            ListOf(Text(), "ticket classes or segments"),
            "called in this order; all others share the last rank",
            "all alike; by rank of the tickets where only `appointments` is said",
            example="[vip, general]",
        ),
        Key(
            "preemptive",
            Choice("an answer", ("no", "yes")),
            "`yes`: who comes interrupts the service of somebody of a later rank, who goes back to the head of "
            "his line",
            "no",
        ),
        Key(
            "ageing",
            AGEING,
            "a place in the order of `priority` is worth so long a wait, and no more",
            "no wait makes up for it",
            example="10 min",
        ),
        Key(
            "weights",
            NameMap(WHO, Number(low=0, high=MOST_WEIGHT), also=("rest",)),
            "waiting counts so many times: whose wait times weight is largest is called",
            "1",
            example="{vip: 3, rest: 1}",
        ),
        Key(
            "head_start",
            NameMap(WHO, HEAD_START, also=("rest",)),
            "counts as having waited so much longer than he has",
            "0 min",
            example="{vip: 10 min}",
        ),
        Key(
            "among_equals",
            Choice("a call rule", RULES),
            "which line of those of equal rank: that of the oldest ticket, the longest, or that whose first customer's "
            "service is expected to be the shortest",
            "fifo",
        ),
        Key(
            "appointments",
            Either((Phrase(r"within (.+)", (PAUSE,), "within 10 min", "a grace"), GRACE)),
            "customers with appointments go before all others",
            "like everybody else",
            example="within 10 min",
        ),
    ),
    "Whom a free server calls: `fifo`, `longest_queue`, `shortest_service`, or a mapping. Lines are compared by their "
    "first customers; inside a line it is first come, first served.",
)
RULE = Either((Choice("a call rule such as fifo or {priority: [vip]}", RULES), CALL_RULE))
CALL_CASE = Record(
    "a case of a call rule",
    (
        Key(
            "when",
            Text(),
            f"the condition; none in the last case: {FORMS}",
            example="more than 20 waiting at counter",
        ),
        Key("call", RULE, "whom a free server calls then", required=True, example="longest_queue"),
    ),
    "`call: [{when: more than 20 waiting at counter, call: longest_queue}, {call: {priority: [vip]}}]`",
)


@dataclass(frozen=True)
class CasedCall(Kind):
    """A call rule, or a list of cases. Reads into ((words of the condition, rule), ...), the last with no words."""

    kinds: tuple[Kind, ...] = (RULE, CALL_CASE)
    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping", "list"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> tuple[tuple[str, Any], ...] | None:
        if not isinstance(data, list):
            rule = RULE.read(data, path, ctx)
            return None if rule is None else (("", rule),)
        found = read_cases(CALL_CASE, "call", data, path, ctx)
        return None if found is None else (*found[0], ("", found[1]))

    def describe(self) -> str:
        names = ", ".join(f"`{rule}`" for rule in RULES)
        return f"{names}, or [keys of a call rule](#a-call-rule); or a list of [cases](#a-case-of-a-call-rule)"

    def schema(self) -> Schema:
        cases = {"type": "array", "items": CALL_CASE.schema(), "minItems": 2, "maxItems": MOST_CASES}
        return {"anyOf": [RULE.schema(), cases]}


@dataclass(frozen=True)
class Calls:
    """What `call` says of a station."""

    lines: tuple[Line, ...]
    line_of_type: tuple[int, ...]
    rules: tuple[CallRule, ...]
    preempts: bool


def read_call(
    name: str, call: tuple[tuple[str, Any], ...] | None, here: list[int], customers: Customers, stations: list[str]
) -> Calls:
    """Return one line per ticket class that comes to a station, the line of every type, and the call rules."""
    classes = customers.classes
    coming = sorted({customers.class_of[t] for t in here}) or list(range(len(classes)))
    path: Path = ("stations", name, "call")
    rules = []
    for i, (words, given) in enumerate(call or (("", {}),)):
        cased = len(call or ()) > 1
        here_path = (*path, i, "call") if cased else path
        if given == {} and call is not None:
            customers.ctx.add(
                here_path, "says nothing; write fifo, longest_queue, shortest_service or {priority: [vip]}"
            )
        rule = _rule(given, here_path, coming, customers)
        if words:
            try:
                rule = replace(rule, when=read_condition(words, stations))
            except ValueError as problem:
                customers.ctx.add((*path, i, "when"), str(problem))
            if any(term.what == "quoted_wait" for term in rule.when):
                text = "a server who calls is told no wait; name the longest wait, or how many wait"
                customers.ctx.add((*path, i, "when"), text)
        if cased and isinstance(given, dict) and given.get("preemptive") == "yes":
            customers.ctx.add((*path, i, "call", "preemptive"), "an interruption cannot depend on a case")
        rules.append(rule)
    last = rules[-1]
    plain = len(rules) == 1 and last.score == "fifo" and last.grace is None
    if not plain and len(coming) == 1 and not any(rule.grace for rule in rules):
        customers.ctx.warn(path, f"only one line comes to {name}, so there is nothing to choose")
    lines = tuple(
        Line(name if len(coming) == 1 else f"{name} {classes[c].name}", c, rank)
        for c, rank in zip(coming, last.ranks, strict=True)
    )
    where = {c: i for i, c in enumerate(coming)}
    preempts = is_preemptive(call or ())
    return Calls(lines, tuple(where.get(c, 0) for c in customers.class_of), () if plain else tuple(rules), preempts)


def is_preemptive(call: tuple[tuple[str, Any], ...]) -> bool:
    """Return whether customers interrupt others."""
    return any(isinstance(given, dict) and given.get("preemptive") == "yes" for _, given in call)


def _rule(given: Any, path: Path, coming: list[int], customers: Customers) -> CallRule:
    """Return one rule; complain of what it cannot say together."""
    ctx = customers.ctx
    n = len(coming)
    if isinstance(given, str):
        return CallRule((0,) * n, given, (1000,) * n, (0,) * n)
    for key, others in (
        ("ageing", ("weights", "head_start", "among_equals", "preemptive")),
        ("among_equals", ("weights", "head_start")),
    ):
        for other in others:
            if given.get(key) and given.get(other) and given[other] != "no":
                ctx.add((*path, other), f"{key} and {other} are both given; only one of them can decide")
    for key in ("ageing", "preemptive"):
        if key in given and "priority" not in given and given[key] != "no":
            ctx.add((*path, key), f"{key} needs an order: priority: [vip, general]")
    weights = {
        c: _thousandths(x, (*path, "weights", word), ctx)
        for c, (word, x) in _by_class(given, "weights", path, coming, customers).items()
    }
    starts = {c: x for c, (_, x) in _by_class(given, "head_start", path, coming, customers).items()}
    ranks = [0] * n
    if given.get("priority"):
        own = _priority(given["priority"], (*path, "priority"), coming, customers)
        ranks = [own[c] for c in coming]
    elif not set(given) - {"appointments"}:
        ranks = [customers.classes[c].rank for c in coming]
    if given.get("ageing"):
        starts = {c: -rank * given["ageing"] for c, rank in zip(coming, ranks, strict=True)}
        ranks = [0] * n
    score = given.get("among_equals") or "fifo"
    if weights or starts:
        score = "weighted_wait"
    return CallRule(
        tuple(ranks),
        score,
        tuple(weights.get(c, 1000) for c in coming),
        tuple(starts.get(c, 0) for c in coming),
        _grace(given.get("appointments")),
    )


def _grace(given: Any) -> Grace | None:
    """Return whose appointments go first; `within` a time is early and late alike."""
    if given is None:
        return None
    if isinstance(given, tuple):
        return Grace(given[0], given[0])
    return Grace(given.get("early") or 0, given.get("late") or 0, given.get("by") or "coming")


def _by_class(
    given: dict[str, Any], key: str, path: Path, coming: list[int], customers: Customers
) -> dict[int, tuple[str, Any]]:
    """Return, by ticket class, the word that speaks for it and the value; `rest` speaks for all others."""
    found: dict[int, tuple[str, Any]] = {}
    table: dict[str, Any] = given.get(key) or {}
    for word, value in table.items():
        if word == "rest":
            continue
        chosen = customers.classes_meant(word, (*path, key, word))
        if chosen & set(found):
            customers.ctx.add((*path, key, word), f"{word} is named twice")
        if chosen and not chosen & set(coming):
            customers.ctx.warn((*path, key, word), f"{word} does not come here")
        found |= {c: (word, value) for c in chosen if value is not None}
    if table.get("rest") is not None:
        found = dict.fromkeys(coming, ("rest", table["rest"])) | found
    return found


def _thousandths(x: float, path: Path, ctx: Reading) -> int:
    """Return a weight in thousandths."""
    found = round(x * 1000)
    if abs(found - x * 1000) > 1e-9:
        ctx.add(path, f"{x} has more than three decimals")
    return found


def _priority(order: list[Any], path: Path, coming: list[int], customers: Customers) -> dict[int, int]:
    """Return the rank of every class that comes."""
    ctx = customers.ctx
    ranks: dict[int, int] = {}
    for i, word in enumerate(order):
        if word is None:
            continue
        chosen = customers.classes_meant(word, (*path, i))
        if any(c in ranks for c in chosen):
            ctx.add((*path, i), f"{word} is in the order twice")
        for c in chosen:
            ranks.setdefault(c, i)
    return {c: ranks.get(c, len(order)) for c in coming}
