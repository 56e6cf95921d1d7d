"""Who comes and what for: segments, transactions, their mixes, customer types and ticket classes.

In: the parsed scenario. Out: `Customers`, which also answers which types a selector such as `vip`,
`payment`, `vip payment` or `rest` stands for. A type is a segment with a transaction that some source
really brings; pairs with no share do not exist.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import KINDS, CustomerType, FollowOn, Segment, Skill, TicketClass, Transaction
from hallsim.scenario.coming import MIX, Stream, streams
from hallsim.scenario.kinds import Choice, Key, ListOf, Portion, Record, Text, Whole
from hallsim.scenario.labels import LABEL
from hallsim.scenario.names import label_of
from hallsim.scenario.skills import read_skills, shares_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import format_share

TRANSACTION = Record(
    "a transaction",
    (
        Key("share", Portion(), "part of the customers who come for it", "0 % (only in segments' own mixes)"),
        Key(
            "kind",
            Choice("a kind of business", KINDS),
            "its kind, which names its transactions in tables",
            "none",
        ),
        Key(
            "quota",
            Whole(1),
            "how many a day are asked for, as one of the day's priority tasks: results say how many are done, and on "
            "how many days enough",
            "none",
            example="5",
        ),
        Key("label", LABEL, "name in reports", "the key"),
    ),
    "A business type that customers come for. A share alone may stand for the mapping: `payment: 40 %`.",
)
SEGMENT = Record(
    "a segment",
    (
        Key("share", Portion(), "part of the customers", "0 % (only in sources' own mixes)"),
        Key("label", LABEL, "name in reports", "the key"),
        Key("transactions", MIX, "what this segment comes for", "the mix under `transactions`"),
    ),
    "A customer segment, such as a brand or a VIP tier. A share alone may stand for the mapping: `vip: 10 %`.",
)
TICKET = Record(
    "a ticket class",
    (
        Key("segments", ListOf(Text(), "segments"), "who draws this ticket", "everybody", example="[vip]"),
        Key("transactions", ListOf(Text(), "transactions"), "what for", "everything", example="[complaint]"),
        Key("rank", Whole(0, 1000), "priority; 0 is called first, equal ranks by age of the ticket", "0", example="0"),
        Key("prefix", Text(), "letter before the number", "the key, if it is short", example="V"),
        Key("label", LABEL, "name in reports", "the key"),
    ),
    "A class of queue tickets. Classes are tried in the order written; the first whose conditions hold is "
    "drawn, and one without conditions takes the rest. Without `tickets`, every segment has its own class, "
    "all of rank 0.",
)

Mix = dict[tuple[int, int], Fraction]
"""Share of every (segment, transaction)."""

MOST_TYPES = 60_000
"""So many numbers of types fit into the event buffer."""

_SLACK = Fraction(1, 10**9)


@dataclass(slots=True)
class Customers:
    """The segments, transactions, types and ticket classes of a hall."""

    ctx: Reading
    segments: tuple[Segment, ...]
    transactions: tuple[Transaction, ...]
    mixes: dict[str, Mix | None]
    types: tuple[CustomerType, ...] = ()
    classes: tuple[TicketClass, ...] = ()
    class_of: tuple[int, ...] = ()
    counts: dict[str, dict[int, Fraction]] = field(default_factory=dict)  # transactions of a visit, by source
    skills: tuple[Skill, ...] = ()
    skill_shares: tuple[dict[int, Fraction], ...] = ()  # by segment
    follow_ons: tuple[tuple[FollowOn, ...], ...] = ()  # by type; empty: none follow
    only_follow: frozenset[int] = frozenset()  # types that nobody is at the door

    def segment_index(self, name: str) -> int:
        """Return the index of a segment, or -1."""
        return next((i for i, s in enumerate(self.segments) if s.name == name), -1)

    def transaction_index(self, name: str) -> int:
        """Return the index of a transaction, or -1."""
        return next((i for i, t in enumerate(self.transactions) if t.name == name), -1)

    def class_index(self, name: str) -> int:
        """Return the index of a ticket class, or -1."""
        return next((i for i, c in enumerate(self.classes) if c.name == name), -1)

    def skill_index(self, name: str) -> int:
        """Return the index of a skill, or -1."""
        return next((i for i, s in enumerate(self.skills) if s.name == name), -1)

    def named(self, selector: str) -> dict[str, str] | None:
        """Return what a selector names, by what it is: segment, transaction, kind, skill or class; None if unknown.

        One name is a segment, else a transaction, a ticket class, a skill, or a kind of transactions; several are
        of different sorts.
        """
        found: dict[str, str] = {}
        words = selector.split()
        for word in words if selector != "rest" else ():
            sorts = {
                "segment": self.segment_index(word) >= 0,
                "transaction": self.transaction_index(word) >= 0,
                "class": len(words) == 1 and self.class_index(word) >= 0,
                "skill": self.skill_index(word) >= 0,
                "kind": any(t.kind == word for t in self.transactions),
            }
            sort = next((sort for sort, fits in sorts.items() if fits), "")
            if not sort or sort in found or {sort, *found} >= {"kind", "transaction"}:
                return None
            found[sort] = word
        return found

    def members(self, named: dict[str, str]) -> frozenset[int]:
        """Return the types that belong to everything that a selector names."""

        def belongs(i: int) -> bool:
            kind = self.types[i]
            own = {
                "segment": self.segments[kind.segment].name,
                "transaction": self.transactions[kind.transaction].name,
                "kind": self.transactions[kind.transaction].kind,
                "skill": self.skills[kind.skill].name if kind.skill >= 0 else "",
                "class": self.classes[self.class_of[i]].name if self.classes else "",
            }
            return all(own[sort] == name for sort, name in named.items())

        return frozenset(i for i in range(len(self.types)) if belongs(i))

    def classes_meant(self, word: str, path: Path) -> set[int]:
        """Return the ticket classes that a class or a segment with classes of its own stands for.

        Complains, and returns none, where the word is neither; and where others share a segment's class.
        """
        if (direct := self.class_index(word)) >= 0:
            return {direct}
        segment = self.segment_index(word)
        if segment < 0:
            known = list(dict.fromkeys([*(c.name for c in self.classes), *(s.name for s in self.segments)]))
            self.ctx.add(path, not_one_of(word, "a ticket class or segment", known))
            return set()
        chosen = {c for c, t in zip(self.class_of, self.types, strict=True) if t.segment == segment}
        for c in sorted(chosen):
            mates = {
                self.segments[t.segment].name
                for k, t in zip(self.class_of, self.types, strict=True)
                if k == c and t.segment != segment
            }
            if mates:
                self.ctx.add(
                    path,
                    f"{word} shares the ticket class {self.classes[c].name} with {', '.join(sorted(mates))}; "
                    f"give {word} its own class, or name the class",
                )
        return chosen

    def by_type(self, entries: dict[str, Any], path: Path) -> list[str | None]:
        """Return the selector that decides for every type, None where nothing does.

        Complains about selectors that nobody is called by, and about types for which two of them speak.
        """
        if "" in entries:
            return [""] * len(self.types)
        known: dict[str, dict[str, str]] = {}
        speaking: list[list[str]] = [[] for _ in self.types]
        for selector in entries:
            named = self.named(selector)
            if named is None:
                self.ctx.add((*path, selector), not_one_of(selector, "a customer", self.names()))
                continue
            known[selector] = named
            for i in self.members(named):
                speaking[i].append(selector)
        found: list[str | None] = []
        ambiguous = False
        for i, selectors in enumerate(speaking):
            most = max((len(known[s]) for s in selectors), default=0)
            best = [s for s in selectors if len(known[s]) == most]
            # a transaction goes before its kind
            best = [s for s in best if "kind" not in known[s]] or best if _alike_but_kind(best, known) else best
            if len(best) > 1 and not ambiguous:
                both = self._together(i, [known[s] for s in best])
                self.ctx.add((*path, best[1]), f"{best[0]} and {best[1]} both speak for {both}; add an entry {both!r}")
                ambiguous = True
            found.append(best[0] if best else None)
        return found

    def shares(self, entries: dict[str, Any], path: Path) -> list[Fraction]:
        """Return the share of every type, 0 where nothing says one."""
        chosen = self.by_type(entries, path)
        return [entries.get(who) or Fraction(0) if who is not None else Fraction(0) for who in chosen]

    def business(self, names: Sequence[str | None], path: Path) -> set[int]:
        """Return the transactions that are named, by themselves or by their kind; complains of other names."""
        kinds = [t.kind for t in self.transactions if t.kind]
        known = [*(t.name for t in self.transactions), *dict.fromkeys(kinds)]
        for i, name in enumerate(names):
            if name is not None and name not in known:
                self.ctx.add((*path, i), not_one_of(name, "a transaction or a kind of them", known))
        return {i for i, t in enumerate(self.transactions) if t.name in names or t.kind in names}

    def names(self) -> list[str]:
        """Return every selector of one name, `rest` included."""
        names = [x.name for group in (self.segments, self.transactions, self.classes, self.skills) for x in group]
        kinds = [t.kind for t in self.transactions if t.kind]
        return [*dict.fromkeys([*names, *kinds]), "rest"]

    def _together(self, i: int, named: list[dict[str, str]]) -> str:
        """Return the selector of a type that settles which of several speaks for it."""
        kind = self.types[i]
        sorts = {sort for one in named for sort in one}
        words = [self.segments[kind.segment].name] if sorts & {"segment", "class"} else []
        if sorts & {"transaction", "class", "kind"}:
            words.append(self.transactions[kind.transaction].name)
        if "skill" in sorts:
            words.append(self.skills[kind.skill].name)
        return " ".join(words)


def _alike_but_kind(selectors: list[str], known: dict[str, dict[str, str]]) -> bool:
    """Return whether selectors name the same but for a transaction and its kind."""
    rest = [{k: v for k, v in known[s].items() if k not in ("kind", "transaction")} for s in selectors]
    return all(one == rest[0] for one in rest)


def read_customers(data: dict[str, Any], ctx: Reading) -> Customers:
    """Resolve segments, transactions, mixes per source, types and ticket classes."""
    segments_given = _records(data.get("segments"), "segments" in data, "customer")
    transactions_given = _records(data.get("transactions"), "transactions" in data, "")
    sources = streams(data, ctx.root)
    closed = bool(transactions_given)
    if not closed:
        gathered = [s["transactions"] for s in segments_given.values() if s.get("transactions")]
        gathered += [s.given["transactions"] for s in sources if s.given.get("transactions")]
        names = dict.fromkeys(name for mix in gathered for name in mix)
        transactions_given = {name: {} for name in names} or {"business": {"share": Fraction(1)}}
    for name in transactions_given:
        if name in segments_given:
            ctx.add(("transactions", name), f"{name!r} is a segment already; segments and transactions need own names")
    customers = Customers(
        ctx,
        tuple(Segment(name, label_of(name, given.get("label"))) for name, given in segments_given.items()),
        tuple(
            Transaction(name, label_of(name, given.get("label")), given.get("kind") or "", given.get("quota") or 0)
            for name, given in transactions_given.items()
        ),
        {},
    )
    _read_skills(data.get("skills"), customers)
    common = {n: g["share"] for n, g in transactions_given.items() if "share" in g}
    reads = _Shares(ctx, list(segments_given), list(transactions_given))
    for source in sources:
        customers.counts[source.key] = _counts(data, source, ctx)
        if source.day_type and source.name in customers.mixes and not {"segments", "transactions"} & source.own:
            customers.mixes[source.key] = customers.mixes[source.name]
        else:
            customers.mixes[source.key] = reads.mix(
                segments_given, common, source.given, source.path, "segments" in data
            )
    if not sources:
        customers.mixes["arrivals"] = reads.mix(segments_given, common, {}, ("arrivals",), "segments" in data)
    customers.types = _types(customers, extra=())
    customers.classes, customers.class_of = read_tickets(data.get("tickets"), customers)
    return customers


def _read_skills(given: Any, customers: Customers) -> None:
    """Note the skills and which part of each segment has them."""
    names = [s.name for s in customers.segments]
    taken = [*names, *(t.name for t in customers.transactions), *KINDS]
    customers.skills = read_skills(given, names, taken, customers.ctx)
    if not given:
        customers.skill_shares = ({-1: Fraction(1)},) * len(names)
        return
    before = len(customers.ctx.errors)
    found = []
    for name in names:
        shares = None
        if len(customers.ctx.errors) == before:
            shares = sum_to_one(shares_of(given, name), ("skills",), customers.ctx)
        found.append({i: share for i, share in enumerate((shares or {}).values()) if share > 0} or {0: Fraction(1)})
    customers.skill_shares = tuple(found)


def _counts(data: dict[str, Any], source: Stream, ctx: Reading) -> dict[int, Fraction]:
    """Return how many transactions a visit of a source has, and with which probability."""
    own = "transactions_per_visit" in source.given
    given = source.given.get("transactions_per_visit") if own else data.get("transactions_per_visit")
    if not given:
        return {1: Fraction(1)}
    path: Path = (*source.path, "transactions_per_visit") if own else ("transactions_per_visit",)
    shares = sum_to_one({str(n): share for n, share in given.items()}, path, ctx) or {"1": Fraction(1)}
    return {int(n): share for n, share in shares.items() if share > 0}


def add_types(customers: Customers, pairs: Iterable[tuple[int, int]], tickets: Any) -> None:
    """Add the types of some pairs that no mix brings, with one transaction each."""
    before = customers.types
    customers.types = _types(customers, extra=pairs)
    if customers.types != before:
        customers.classes, customers.class_of = read_tickets(tickets, customers)


def sum_to_one(shares: dict[str, Any], path: Path, ctx: Reading) -> dict[str, Fraction] | None:
    """Resolve `rest` and check the sum; None if a share is bad (complained before) or the sum is wrong."""
    if any(share is None for share in shares.values()):
        return None
    rests = [name for name, share in shares.items() if share == "rest"]
    if len(rests) > 1:
        ctx.add((*path, rests[1]), f"rest is given twice, to {rests[0]} and {rests[1]}; only one can take it")
        return None
    total = sum((share for share in shares.values() if share != "rest"), Fraction(0))
    if total > 1 + _SLACK or (not rests and total < 1 - _SLACK):
        more = "" if total > 1 else "; one of them may be rest"
        ctx.add(path, f"the shares sum to {format_share(total)}, not 100 %{more}")
        return None
    if rests:
        return {name: max(1 - total, Fraction(0)) if s == "rest" else s for name, s in shares.items()}
    return {name: share / total for name, share in shares.items()}


def read_tickets(given: Any, customers: Customers) -> tuple[tuple[TicketClass, ...], tuple[int, ...]]:
    """Return the ticket classes and the class that each type draws."""
    ctx = customers.ctx
    if not given:
        prefixes = _prefixes([s.name for s in customers.segments])
        by_segment = tuple(
            TicketClass(s.name, s.label, p, 0) for s, p in zip(customers.segments, prefixes, strict=True)
        )
        return by_segment, tuple(t.segment for t in customers.types)
    records = {name: record or {} for name, record in given.items()}
    fallback = _prefixes(list(records))
    classes = tuple(
        TicketClass(
            name,
            label_of(name, record.get("label")),
            record.get("prefix") or (name if len(name) <= 3 else prefix),
            record.get("rank") or 0,
        )
        for (name, record), prefix in zip(records.items(), fallback, strict=True)
    )
    class_of = [-1] * len(customers.types)
    for number, (name, record) in enumerate(records.items()):
        segments = _members(record, "segments", name, [s.name for s in customers.segments], ctx)
        transactions = _members(record, "transactions", name, [t.name for t in customers.transactions], ctx)
        for i, kind in enumerate(customers.types):
            fits = (segments is None or kind.segment in segments) and (
                transactions is None or kind.transaction in transactions
            )
            if class_of[i] < 0 and fits:
                class_of[i] = number
    without = [customers.types[i].name for i, c in enumerate(class_of) if c < 0]
    if without:
        ctx.add(("tickets",), f"nobody gives a ticket to {', '.join(without)}; let one class have no conditions")
    for number, ticket in enumerate(classes):
        if number not in class_of and customers.types:
            ctx.warn(("tickets", ticket.name), f"nobody draws a {ticket.name} ticket")
    return classes, tuple(max(c, 0) for c in class_of)


class _Shares:
    """Reads mixes, complaining once per place."""

    def __init__(self, ctx: Reading, segments: list[str], transactions: list[str]) -> None:
        self.ctx, self.segments, self.transactions = ctx, segments, transactions
        self.known: dict[Path, dict[str, Fraction] | None] = {}

    def mix(
        self,
        segments_given: dict[str, dict[str, Any]],
        common: dict[str, Any],
        source: dict[str, Any],
        place: Path,
        declared: bool,
    ) -> Mix | None:
        """Return the mix of one source, None after a complaint."""
        own = source.get("segments")
        if own is not None:
            parts = self._named(own, self.segments, (*place, "segments"), "a segment")
        elif declared:
            parts = self._sum({n: g.get("share", Fraction(0)) for n, g in segments_given.items()}, ("segments",))
        else:
            parts = {self.segments[0]: Fraction(1)}
        found: Mix = {}
        for name, part in (parts or {}).items():
            for_what = self._transactions(name, segments_given[name], common, source, place)
            if for_what is None or parts is None:
                parts = None
                continue
            for transaction, share in for_what.items():
                pair = (self.segments.index(name), self.transactions.index(transaction))
                found[pair] = found.get(pair, Fraction(0)) + part * share
        return None if parts is None else found

    def _transactions(
        self, segment: str, given: dict[str, Any], common: dict[str, Any], source: dict[str, Any], place: Path
    ) -> dict[str, Fraction] | None:
        if source.get("transactions") is not None:
            return self._named(source["transactions"], self.transactions, (*place, "transactions"), "a transaction")
        if given.get("transactions") is not None:
            path = ("segments", segment, "transactions")
            return self._named(given["transactions"], self.transactions, path, "a transaction")
        if not common:
            message = f"transactions is missing: other segments have their own, so what does {segment} come for?"
            self._once(("segments", segment), message)
            return None
        return self._sum(common, ("transactions",))

    def _named(self, shares: dict[str, Any], known: list[str], path: Path, what: str) -> dict[str, Fraction] | None:
        if path in self.known:
            return self.known[path]
        strangers = [name for name in shares if name not in known]
        for name in strangers:
            self.ctx.add((*path, name), not_one_of(name, what, known))
        if strangers:
            self.known[path] = None
            return None
        return self._sum(shares, path)

    def _sum(self, shares: dict[str, Any], path: Path) -> dict[str, Fraction] | None:
        if path not in self.known:
            self.known[path] = sum_to_one(shares, path, self.ctx)
        return self.known[path]

    def _once(self, path: Path, message: str) -> None:
        if path not in self.known:
            self.known[path] = None
            self.ctx.add(path, message)


def _records(given: Any, present: bool, default: str) -> dict[str, dict[str, Any]]:
    """Return {name: record}, a bare share standing for a record with that share only."""
    if not present or not given:
        return {default: {"share": Fraction(1)}} if default else {}
    return {name: value if isinstance(value, dict) else {"share": value} for name, value in given.items()}


def _types(customers: Customers, extra: Iterable[tuple[int, int]]) -> tuple[CustomerType, ...]:
    broken = any(mix is None for mix in customers.mixes.values())
    counts = {pair: {1} for pair in extra}
    for key, mix in customers.mixes.items():
        for pair, share in (mix or {}).items():
            if share > 0:
                counts.setdefault(pair, set()).update(customers.counts.get(key, {1: 1}))
    everything = [(s, t) for s in range(len(customers.segments)) for t in range(len(customers.transactions))]
    types = []
    for segment, transaction in everything:
        name = _type_name(customers, segment, transaction)
        for count in sorted(counts.get((segment, transaction), {1} if broken else ())):
            for skill in customers.skill_shares[segment]:
                own = f"{name} x{count}" if count > 1 else name
                own = f"{own} {customers.skills[skill].name}" if skill >= 0 else own
                types.append(CustomerType(own, segment, transaction, count, skill))
    if len(types) > MOST_TYPES:
        customers.ctx.add((), f"{len(types)} pairs of segment and transaction are too many; at most {MOST_TYPES}")
        return tuple(types[:1])
    return tuple(types)


def _type_name(customers: Customers, segment: int, transaction: int) -> str:
    if len(customers.transactions) == 1:
        return customers.segments[segment].name
    if len(customers.segments) == 1:
        return customers.transactions[transaction].name
    return f"{customers.segments[segment].name} {customers.transactions[transaction].name}"


def _members(record: dict[str, Any], key: str, name: str, known: list[str], ctx: Reading) -> set[int] | None:
    if record.get(key) is None:
        return None
    found = set()
    for i, member in enumerate(record[key]):
        if member in known:
            found.add(known.index(member))
        elif member is not None:
            ctx.add(("tickets", name, key, i), not_one_of(member, f"one of the {key}", known))
    return found


def _prefixes(names: list[str]) -> list[str]:
    """Return one letter per name: its first free letter, else any."""
    taken: list[str] = []
    for name in names:
        letters = [c for c in name.upper() if c in string.ascii_uppercase]
        free = (c for c in [*letters, *string.ascii_uppercase] if c not in taken)
        taken.append(next(free, f"T{len(taken)}"))
    return taken
