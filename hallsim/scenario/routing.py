"""Routes: parsed destinations and tables -> rows per customer type, and who can come where.

In: the parsed `then`, `triage`, `entry`, `fails`, `on_failure`, `when_full`, `on_balking`, `on_giving_up`.
Out: `Routes`, with rows of
(probability, destination, step outcome) per station and type, the exits that are used, and the pairs of
station and type that customers can reach. A destination is a station, `leave`, `triage` or `divert CHANNEL`.
Whoever leaves after a station has been served; whoever is sent to `leave` from the door is turned away; whoever
leaves after a failed step has been partly served. Who leaves without having been served leaves as whatever he did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from hallsim.errors import did_you_mean, not_one_of
from hallsim.model import LEAVE as STAY_AWAY
from hallsim.model import Case, Exit, Label, Route, Term
from hallsim.scenario.conditions import Cased, read_condition
from hallsim.scenario.customers import Customers, sum_to_one
from hallsim.scenario.names import chinese_of
from hallsim.scenario.tree import Path

DOOR = -1
UNSERVED = -2
"""In the place of a station: where those go whose stay ended without a service."""
FAILURE = -3
"""In the place of a station: where those go whose service failed."""
FOLLOW_ON = -4
"""In the place of a station: where those go who have another transaction."""
ENDINGS = {
    "on_giving_up": "on_reneged",
    "on_balking": "on_balked",
    "when_full": "on_blocked",
    "on_no_show": "on_no_show",
}
"""Key of a station -> field of the model."""
TRANSFER, TO_THE_END = "transfer ", " to the end"
LEAVE = Exit("leave", Label("leave", "离开"), "served")
FAILED = Exit("failed", Label("left after a failure", "未办成离开"), "partly_served")
TURNED_AWAY = Exit("turned away", Label("turned away at the door", "未进厅离开"), "turned_away")

Row = tuple[Route, ...]


def intercepted_to(channel: str) -> Exit:
    """Return the exit of who is won for another channel before the door."""
    return _exit_to(channel, "intercept", "intercepted", Label("intercepted for", "厅外截流至"))


def diverted_to(channel: str) -> Exit:
    """Return the exit of who is sent to another channel from the hall."""
    return _exit_to(channel, "divert", "diverted", Label("diverted to", "分流到"))


def served_by(channel: str) -> Exit:
    """Return the exit of who never came, since another channel served him."""
    return _exit_to(channel, "elsewhere", "elsewhere", Label("served by", "未到厅，办理于"))


def _exit_to(channel: str, verb: str, outcome: str, words: Label) -> Exit:
    chinese = chinese_of(channel, channel)
    return Exit(f"{verb} {channel}", Label(f"{words.en} {channel}", f"{words.zh}{chinese}"), outcome, channel)


@dataclass(slots=True)
class Routes:
    """Rows per station (-1: the door) and type; None marks a type that no entry speaks for."""

    customers: Customers
    stations: list[str]
    triage: dict[str, Any] | Cased | None
    exits: list[Exit] = field(default_factory=list)
    rows: dict[int, list[Row | None]] = field(default_factory=dict)
    places: dict[int, Path] = field(default_factory=dict)
    endings: dict[tuple[str, int], tuple[Row, ...]] = field(default_factory=dict)
    send_to: dict[int, int] = field(default_factory=dict)
    when_down: dict[int, int] = field(default_factory=dict)
    cases: dict[int, list[tuple[tuple[Term, ...], list[Row | None]]]] = field(default_factory=dict)
    come_back: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    goes_on: set[int] = field(default_factory=set)

    def read(self, data: dict[str, Any]) -> None:
        """Resolve every route of the scenario."""
        stations = {name: given or {} for name, given in (data.get("stations") or {}).items()}
        entry = data.get("entry") or ({"": {self.stations[0]: Fraction(1)}} if self.stations else {})
        self.rows[DOOR] = self._cased(entry, ("entry",), DOOR)
        for i, name in enumerate(self.stations):
            given, path = stations[name], ("stations", name)
            plain = self._cased(given.get("then") or {"": {"leave": Fraction(1)}}, (*path, "then"), i)
            split = self._with_answers if given.get("role") == "offer" else self._with_failures
            self.rows[i] = split(plain, given, path, i)
            if not self.customers.ctx.errors:
                self.cases[i] = [(when, split(rows, given, path, i)) for when, rows in self.cases[i]]
            for key, name_in_model in ENDINGS.items():
                if given.get(key) is not None:
                    self.endings[name_in_model, i] = self._ending(given, key, i, path)
            self._fall_back(given.get("breakdowns") or {}, (*path, "breakdowns"), i)
        if data.get("follow_ons"):
            self._follow_ons(data["follow_ons"])

    def _fall_back(self, given: dict[str, Any], path: Path, place: int) -> None:
        for key, found in (("send_to", self.send_to), ("when_down", self.when_down)):
            name = given.get(key)
            if name is None:
                continue
            target = self.stations.index(name) if name in self.stations else -1
            if target < 0:
                self.customers.ctx.add((*path, key), not_one_of(name, "a station", self.stations))
            elif target == place:
                self.customers.ctx.add((*path, key), f"{name} sends its customers to itself")
            else:
                found[place] = target

    def cases_at(self, place: int) -> tuple[Case, ...]:
        """Return the cases of a station or the door as the model has them."""
        return tuple(Case(when, tuple(row or () for row in rows)) for when, rows in self.cases.get(place, []))

    def _cased(self, given: Any, path: Path, place: int) -> list[Row | None]:
        """Return the rows that hold if no condition does, and note the cases of a place."""
        self.cases[place] = []
        if given == {"": {"triage": Fraction(1)}} and isinstance(self.triage, Cased):
            given, path = self.triage, ("triage",)
        if not isinstance(given, Cased):
            return self._rows(given, path, place)
        for i, (words, table) in enumerate(given.cases):
            try:
                when = read_condition(words, self.stations)
            except ValueError as problem:
                self.customers.ctx.add((*path, i, "when"), str(problem))
                continue
            self.cases[place].append((when, self._rows(table, (*path, i, "to"), place)))
        self.places[place] = (*path, len(given.cases), "to")
        return self._rows(given.otherwise, (*path, len(given.cases), "to"), place)

    def _ending(self, given: dict[str, Any], key: str, station: int, path: Path) -> tuple[Row, ...]:
        """Return where each type goes whose stay ended in this way; nothing if all leave."""
        needs = {
            "when_full": "room",
            "on_balking": "join_probability",
            "on_giving_up": "patience",
            "on_no_show": "calls",
        }[key]
        if needs not in given and not (key == "on_balking" and "joining" in (given.get("quote") or {})):
            self.customers.ctx.warn((*path, key), f"has no effect without {needs}")
        rows = [row or (Route(1.0, STAY_AWAY),) for row in self._rows(given[key], (*path, key), UNSERVED)]
        if key == "when_full" and any(r.destination == station for row in rows for r in row):
            self.customers.ctx.add((*path, key), f"{self.stations[station]} sends its overflow to itself")
            return ()
        everybody_leaves = all(r.destination == STAY_AWAY for row in rows for r in row)
        return () if everybody_leaves else tuple(rows)

    def _follow_ons(self, given: dict[str, Any]) -> None:
        """Note where those go who have another transaction, from every station that customers leave as served."""
        ctx, path = self.customers.ctx, ("follow_ons", "then")
        rows = self._rows(given.get("then"), path, FOLLOW_ON)
        for kind in sorted({follow.type for own in self.customers.follow_ons for follow in own}):
            if rows[kind] is None:
                name = self.customers.types[kind].name
                ctx.add(path, f"does not say where {name} goes; add {name} or rest")
        table = tuple(row or () for row in rows)
        left = [i for i in range(len(self.stations)) if any(self._is_left(i, t) for t in range(len(rows)))]
        self.endings |= {("on_follow_on", i): table for i in left}
        for i, name in enumerate(given.get("same_counter") or []):
            here = (*path[:1], "same_counter", i)
            if name is not None and name not in self.stations:
                ctx.add(here, not_one_of(name, "a station", self.stations))
            elif name is not None and self.stations.index(name) in left:
                self.goes_on.add(self.stations.index(name))
            elif name is not None:
                ctx.warn(here, f"has no effect: nobody leaves the hall after {name}")

    def _is_left(self, place: int, kind: int) -> bool:
        """Return whether customers of a type leave the hall as served from a station."""
        tables = [self.rows[place], *(rows for _, rows in self.cases.get(place, []))]
        out = len(self.stations) + self.exits.index(LEAVE) if LEAVE in self.exits else -1
        return any(r.destination == out and r.step_outcome == "served" for rows in tables for r in rows[kind] or ())

    def _reached_next(self, place: int, kind: int) -> set[tuple[int, int]]:
        """Return the stations that customers come to with their next transaction, each with the type they are then."""
        table = self.endings.get(("on_follow_on", place))
        if not table or not self.customers.follow_ons or not self._is_left(place, kind):
            return set()
        nexts = {follow.type for follow in self.customers.follow_ons[kind]}
        found = {(r.destination, new) for new in nexts for r in table[new] if r.destination < len(self.stations)}
        return found | ({(place, new) for new in nexts} if place in self.goes_on else set())

    def reached(self) -> set[tuple[int, int]]:
        """Return every (station, type) that customers can come to, following what is known."""
        found: set[tuple[int, int]] = set()
        todo = sorted(self._at_door())
        while todo:
            place, kind = todo.pop()
            rows = [self.rows[place][kind] or ()]
            rows += [row[kind] or () for _, row in self.cases.get(place, [])]
            rows += [self.endings[e, place][kind] for e in ENDINGS.values() if self.endings.get((e, place))]
            following = {r.destination for row in rows for r in row if 0 <= r.destination < len(self.stations)}
            following |= {table[place] for table in (self.send_to, self.when_down) if place in table}
            following |= self.come_back.get((place, kind), set())
            new = {(station, kind) for station in following}
            new = (new | self._reached_next(place, kind)) - found
            found |= new
            todo.extend(new)
        return found

    def _at_door(self) -> set[tuple[int, int]]:
        """Return who may stand at the door; from another hall of a network also types that only follow others."""
        never = frozenset() if self.customers.ctx.halls else self.customers.only_follow
        return {(DOOR, t) for t in range(len(self.customers.types)) if t not in never}

    def complain_of_gaps(self, reached: set[tuple[int, int]]) -> None:
        """Complain about customers who come to a place whose routes do not speak for them."""
        everybody = self._at_door()
        for place in (DOOR, *range(len(self.stations))):
            rows = self.rows[place]
            without = [
                self.customers.types[t].name
                for t in range(len(rows))
                if rows[t] is None and (place, t) in reached | everybody
            ]
            if without and place in self.places:
                names = ", ".join(without)
                self.customers.ctx.add(self.places[place], f"does not say where {names} goes; add {without[0]} or rest")

    def ways(self) -> set[tuple[int, int]]:
        """Return every (place, station) such that some may go from the one to the other."""
        tables = [*self.rows.items(), *((place, rows) for place, cases in self.cases.items() for _, rows in cases)]
        tables += [(place, list(rows)) for (_, place), rows in self.endings.items()]
        known = range(len(self.stations))
        found = {(place, r.destination) for place, rows in tables for row in rows for r in row or ()}
        return {way for way in found if way[1] in known} | {*self.send_to.items(), *self.when_down.items()}

    def lead_over(self, between: dict[tuple[int, int], int], onward: dict[str, int]) -> None:
        """Add stations behind the others, from each of which everybody goes `onward`, and lead ways over them.

        `between` gives for a (place, station) the number of the new station that lies on that way.
        """
        first = len(self.stations)

        def by(place: int, rows: Iterable[Row | None]) -> list[Row | None]:
            return [row and tuple(replace(r, destination=to(place, r.destination)) for r in row) for row in rows]

        def to(place: int, destination: int) -> int:
            if destination >= first:  # ways out are numbered behind the stations
                return destination + len(onward)
            return between.get((place, destination), destination)

        self.rows = {place: by(place, rows) for place, rows in self.rows.items()}
        self.cases = {place: [(when, by(place, rows)) for when, rows in own] for place, own in self.cases.items()}
        self.endings = {key: tuple(row or () for row in by(key[1], rows)) for key, rows in self.endings.items()}
        self.send_to = {place: to(place, target) for place, target in self.send_to.items()}
        self.when_down = {place: to(place, target) for place, target in self.when_down.items()}
        self.stations += onward
        types = len(self.customers.types)
        self.rows |= {first + i: [(Route(1.0, target),)] * types for i, target in enumerate(onward.values())}

    def exit_index(self, wanted: Exit) -> int:
        """Return the destination number of an exit, adding it if it is new."""
        if wanted not in self.exits:
            self.exits.append(wanted)
        return len(self.stations) + self.exits.index(wanted)

    def _rows(self, table: dict[str, Any] | None, path: Path, place: int) -> list[Row | None]:
        if not table:
            return [()] * len(self.customers.types)
        if table == {"": {"triage": Fraction(1)}} and path != ("triage",):
            if self.triage is None:
                if "triage" not in self._data_keys():
                    self.customers.ctx.add(path, "there is no triage: table in this scenario")
                return [()] * len(self.customers.types)
            if isinstance(self.triage, Cased):
                self.customers.ctx.add(path, "the triage has cases, so it cannot be part of a table; use it alone")
                return [()] * len(self.customers.types)
            return self._rows(self.triage, ("triage",), place)
        self.places.setdefault(place, path)
        chosen = self.customers.by_type(table, path)
        rows: dict[str, Row] = {}
        for selector, shares in table.items():
            here = (*path, selector) if selector else path
            rows[selector] = self._row(shares, here, place) if shares else ()
        triage: list[Row | None] | None = None
        if any(shares and "triage" in shares for shares in table.values()) and path != ("triage",):
            triage = self._rows({"": {"triage": Fraction(1)}}, path, place)
        result: list[Row | None] = []
        for i, who in enumerate(chosen):
            if who is None:
                result.append(None)
            elif triage is not None and "triage" in (table[who] or {}):
                result.append(triage[i])
            else:
                result.append(rows[who])
        return result

    def _row(self, shares: dict[str, Any], path: Path, place: int) -> Row:
        if shares == {"triage": Fraction(1)} and path[0] != "triage":
            return ()
        is_table = shares.keys() != {""}
        destinations = {name: self._destination(name, path, is_table, place) for name in shares}
        resolved = sum_to_one(shares, path, self.customers.ctx)
        if resolved is None or any(d is None for d in destinations.values()):
            return ()
        found = []
        for name, share in resolved.items():
            to = destinations[name]
            if share > 0 and to is not None and name.startswith(TRANSFER):
                found.append(Route(float(share), to, "transferred", not name.endswith(TO_THE_END)))
            elif share > 0 and to is not None:
                found.append(Route(float(share), to))
        return tuple(found)

    def _destination(self, name: str, path: Path, is_table: bool, place: int) -> int | None:
        if name == "leave" and place == UNSERVED:
            return STAY_AWAY
        if name == "leave" and place == FOLLOW_ON:
            self.customers.ctx.add(path, "who has another transaction does not leave; lower its share instead")
            return None
        if name == "leave":
            return self.exit_index({DOOR: TURNED_AWAY, FAILURE: FAILED}.get(place, LEAVE))
        if name.startswith("intercept ") and name[10:].strip() and place == DOOR:
            return self.exit_index(intercepted_to(name[10:].strip()))
        if name.startswith("divert ") and name[7:].strip():
            return self.exit_index(diverted_to(name[7:].strip()))
        if name == "triage":
            message = (
                "triage cannot send to triage" if path[0] == "triage" else "triage cannot share a table; use it alone"
            )
            self.customers.ctx.add(path, message)
            return None
        if name.startswith(TRANSFER):
            if place < 0:
                text = f"{name}: a ticket is transferred after a service, not from here; name the station alone"
                self.customers.ctx.add(self._where(path, name), text)
                return None
            station = name.removeprefix(TRANSFER).removesuffix(TO_THE_END).strip()
            return self._station(station, self._where(path, name), "")
        others = {
            DOOR: "leave, triage, divert CHANNEL, intercept CHANNEL",
            FAILURE: "leave, divert CHANNEL",
            FOLLOW_ON: "triage, divert CHANNEL",
        }
        elsewhere = "leave, triage, transfer STATION, divert CHANNEL"
        return self._station(name, self._where(path, name), others.get(place, elsewhere))

    def _where(self, path: Path, name: str) -> Path:
        from hallsim.scenario.tree import nearest

        value = nearest(self.customers.ctx.root, path).value
        return (*path, name) if isinstance(value, dict) and name in value else path

    def _station(self, name: str, path: Path, others: str) -> int | None:
        if name in self.stations:
            return self.stations.index(name)
        known = [*self.stations, *others.split(", ")] if others else self.stations
        hint = did_you_mean(name, self.stations)
        self.customers.ctx.add(path, f"{name!r} is not a destination; known: {', '.join(known)}{hint}")
        return None

    def _data_keys(self) -> set[str]:
        value = self.customers.ctx.root.value
        return set(value) if isinstance(value, dict) else set()

    def _with_failures(self, rows: list[Row | None], given: dict[str, Any], path: Path, place: int) -> list[Row | None]:
        ctx = self.customers.ctx
        target = given.get("on_failure", {"": {"leave": Fraction(1)}})
        if "fails" not in given:
            if "on_failure" in given:
                ctx.warn((*path, "on_failure"), "has no effect without fails")
                self._rows(target, (*path, "on_failure"), FAILURE)
            return rows
        if target is None or given["fails"] is None:
            return rows
        after = self._rows(target, (*path, "on_failure"), FAILURE)
        chosen = self.customers.by_type(given["fails"], (*path, "fails"))
        result: list[Row | None] = []
        for row, selector, failed in zip(rows, chosen, after, strict=True):
            fails = given["fails"].get(selector) if selector is not None else Fraction(0)
            if row is None or not failed or not fails:
                result.append(row)
                continue
            works = 1 - fails
            kept = tuple(replace(r, probability=float(Fraction(r.probability) * works)) for r in row if works > 0)
            result.append((*kept, *(Route(float(fails) * r.probability, r.destination, "failed") for r in failed)))
        return result

    def _with_answers(self, rows: list[Row | None], given: dict[str, Any], path: Path, place: int) -> list[Row | None]:
        """Return where customers go to whom something is offered: the routes are those of who accepts it."""
        ctx = self.customers.ctx
        for key in ("accepts", "then", "on_declining"):
            if key not in given:
                ctx.add(path, f"{key} is missing: an offer needs accepts, then and on_declining")
        target, accepts = given.get("on_declining"), given.get("accepts")
        if target is None or not accepts:
            return rows
        if target == "leave":
            to: int | None = self.exit_index(LEAVE)
        else:
            to = self._station(target, (*path, "on_declining"), "leave")
        declines = [1 - share for share in self.customers.shares(accepts, (*path, "accepts"))]
        return self._split(rows, declines, to, "declined")

    def _split(self, rows: list[Row | None], shares: list[Fraction], to: int | None, outcome: str) -> list[Row | None]:
        """Return the rows with a share of each type that goes elsewhere, its step ending in another way."""
        # a share that rises or falls on some days, or for some, has its place always
        kept_at_0 = bool({"persons", "publicity"} & self._data_keys())
        result: list[Row | None] = []
        for row, apart in zip(rows, shares, strict=True):
            if row is None or to is None or not (apart or kept_at_0):
                result.append(row)
                continue
            stays = 1 - apart
            kept = tuple(
                replace(r, probability=float(Fraction(r.probability) * stays)) for r in row if stays > 0 or kept_at_0
            )
            result.append((*kept, Route(float(apart), to, outcome)))
        return result
