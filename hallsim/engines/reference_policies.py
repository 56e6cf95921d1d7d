"""Python policies of the readable engine: a user's functions in the place of the built-in rules.

In: the `policies` of a model, and leave to run their code. Out: `Rules`, which a `Hall` asks at its decision points.
A scenario alone never executes anything: `rules_of` refuses unless it is told that code is allowed, and only this
engine takes any. What is executed is the text that was read with the scenario and stands in its hash, anew for every
replication, so that replications stay independent of each other.

A function gets views (`policy_views`), and returns one of the choices it was given; None leaves the decision to the
built-in rule. Everything else ends the run with an error.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

from hallsim.compiled import STEP_SERVED
from hallsim.engines.policy_views import CustomerView, ServerView, Viewer
from hallsim.engines.reference_draws import Customer
from hallsim.errors import EngineError, UsageError
from hallsim.model import Model, Policy

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server, Station

DOOR = -1
Ask = Callable[..., Any]


def rules_of(model: Model, engine: str, allow_code: bool) -> Rules | None:
    """Return the Python policies of a model, None if it has none.

    Raises
    ------
    UsageError
        If it has some and code is not allowed, or the engine is not the readable one.
    """
    if not model.policies:
        return None
    code = ", ".join(dict.fromkeys(policy.code for policy in model.policies))
    if not allow_code:
        raise UsageError(
            f"the scenario leaves decisions to Python code ({code}), which runs only if it is allowed: "
            "read the code, then add --allow-code (in Python: allow_code=True)"
        )
    if engine != "reference":
        raise UsageError(
            f"the scenario leaves decisions to Python code ({code}), which the {engine} engine cannot run; "
            "use --engine reference"
        )
    return Rules(model)


class Rules:
    """The policies of a model, compiled but not yet executed."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._files: dict[tuple[str, str], CodeType] = {}
        for file, text in dict.fromkeys((policy.file, policy.text) for policy in model.policies):
            self._files[file, text] = compile(text, file, "exec", dont_inherit=True)

    def begin(self, hall: Hall) -> Policies:
        """Execute the files for one replication and return what its hall asks."""
        spaces: dict[tuple[str, str], dict[str, Any]] = {}
        for (file, text), code in self._files.items():
            spaces[file, text] = {"__name__": "policies", "__file__": file}
            try:
                exec(code, spaces[file, text])  # noqa: S102  (the user has allowed it)
            except Exception as problem:
                raise EngineError(f"{file} cannot be executed: {_said(problem, file)}") from problem
        asked = {(p.point, p.station): (p, spaces[p.file, p.text].get(p.function)) for p in self.model.policies}
        for policy, function in asked.values():
            if not callable(function):
                raise EngineError(f"{policy.file} has no function {policy.function}")
        return Policies(hall, Viewer(self.model, hall), asked)


class Policies:
    """Who decides what in one replication. Without a viewer everything is left to the built-in rules."""

    def __init__(
        self, hall: Hall, viewer: Viewer | None = None, asked: dict[tuple[str, int], tuple[Policy, Any]] | None = None
    ) -> None:
        self.hall, self._viewer, self._asked = hall, viewer, asked or {}

    # --- decision points ------------------------------------------------------------------------------------

    def call(self, server: Server) -> Customer | None:
        """Return whom a free server calls, taken out of his line; None: by the built-in rule."""
        if ("call", server.station) not in self._asked:
            return None
        hall, viewer = self.hall, self._views
        station = hall.stations[server.station]
        found = {}
        for line in station.lines:
            rank = int(hall.c.skill_rank[hall.skill_of(server, line)])
            for who in hall.lines[line] if rank >= 0 else ():
                found[who.number] = (who, line, viewer.customer_view(who, line, rank))
        if not found:  # he only helps out (semantics 36)
            return None
        tickets = tuple(sorted((view for _, _, view in found.values()), key=lambda view: view.order))
        choice = self._ask(
            "call",
            server.station,
            {view.number: view for view in tickets},
            viewer.station_view(station),
            viewer.server_view(server),
            tickets,
        )
        if choice is None:
            return None
        customer, line, _ = found[choice]
        hall.lines[line].remove(customer)
        station.waiting -= 1
        return customer

    def server(self, customer: Customer, station: Station, line: int, able: Sequence[Server]) -> Server | None:
        """Return which idle server takes a customer; None: by the built-in rule."""
        if ("server", station.number) not in self._asked or len(able) < 2:
            return None
        viewer = self._views
        views = tuple(viewer.server_view(server) for server in able)
        choice = self._ask(
            "server",
            station.number,
            {view.name: view for view in views},
            viewer.station_view(station),
            viewer.customer_view(customer, line),
            views,
        )
        return None if choice is None else able[[view.name for view in views].index(choice)]

    def joins(self, customer: Customer, station: Station, line: int) -> bool | None:
        """Return whether a customer joins the line; None: by the built-in rule."""
        if ("join", station.number) not in self._asked:
            return None
        viewer = self._views
        views = viewer.station_view(station), viewer.customer_view(customer, line)
        choice = self._ask("join", station.number, {"join": None, "balk": None}, *views)
        return None if choice is None else bool(choice == "join")

    def route(self, customer: Customer, station: int, row: int, rows: range) -> int:
        """Return the row of the routing table that a customer takes, `row` being that of the built-in rule."""
        c = self.hall.c
        if ("route", station) not in self._asked or c.route_outcome[row] != STEP_SERVED:
            return row  # a service that has failed is no decision
        viewer, model = self._views, self.hall.c
        names = [*(s.name for s in viewer.model.stations), *(e.name for e in viewer.model.exits)]
        choices = {names[int(model.route_to[i])]: i for i in rows if c.route_outcome[i] == STEP_SERVED}
        here = viewer.station_view(self.hall.stations[station]) if station != DOOR else None
        choice = self._ask(
            "route", station, dict.fromkeys(choices), here, viewer.customer_view(customer), tuple(choices)
        )
        return row if choice is None else choices[choice]

    def opens(self, station: Station, built_in: bool) -> bool:
        """Return whether the next extra counter opens, now that a customer has joined."""
        return self._yes("open", station, built_in, ("open", "wait"))

    def closes(self, station: Station, server: Server, built_in: bool) -> bool:
        """Return whether an extra counter that has finished a customer closes."""
        if ("close", station.number) not in self._asked or station.closed:
            return built_in
        return self._yes("close", station, built_in, ("close", "stay"), self._views.server_view(server))

    # --- asking ---------------------------------------------------------------------------------------------

    @property
    def _views(self) -> Viewer:
        assert self._viewer is not None, "only a hall with policies is asked"
        return self._viewer

    def _yes(self, point: str, station: Station, built_in: bool, words: tuple[str, str], *more: Any) -> bool:
        if (point, station.number) not in self._asked:
            return built_in
        choice = self._ask(point, station.number, dict.fromkeys(words), self._views.station_view(station), *more)
        return built_in if choice is None else bool(choice == words[0])

    def _ask(self, point: str, station: int, choices: dict[Any, Any], *views: Any) -> Any:
        """Ask a function; return the key of its choice, None where it leaves the decision to the built-in rule."""
        policy, function = self._asked[point, station]
        try:
            value = function(self._views.hall_view(), *views)
        except Exception as problem:
            raise EngineError(
                f"{policy.code} failed deciding {policy.name}: {_said(problem, policy.file)}", time=self.hall.now
            ) from problem
        if value is None:
            return None
        key = value
        if isinstance(value, CustomerView):
            key = value.number
        elif isinstance(value, ServerView):
            key = value.name
        if isinstance(key, (str, int)) and not isinstance(key, bool) and key in choices:
            return key
        known = ", ".join(str(choice) for choice in choices)
        what = {"call": "the tickets of customers ", "server": "servers "}.get(point, "")
        raise EngineError(
            f"{policy.code} returned {_short(value)} for {policy.name}; "
            f"allowed: {what}{known}, or None for the built-in rule",
            time=self.hall.now,
        )


def _said(problem: Exception, file: str) -> str:
    """Return what went wrong in a user's file, with the line."""
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == file]
    at = f" (line {lines[-1]})" if lines else ""
    return f"{type(problem).__name__}: {problem}{at}"


def _short(value: object) -> str:
    """Return a value as text of a bearable length, whatever its own representation does."""
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
