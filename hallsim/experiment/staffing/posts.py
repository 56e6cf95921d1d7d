"""The posts that are staffed by half-hour, what is scheduled there now, and rosters laid over a scenario.

In: a scenario and the stations whose servers are to be planned. Out: `Post`s, and scenarios with other servers, built
by the scenario's own reader, so that every cross-check of a hall holds for a roster that was found as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import ScenarioError, UsageError, not_one_of
from hallsim.model import US_PER_HOUR, Model, Station, Target
from hallsim.scenario import Scenario
from hallsim.scenario.servers import span_text
from hallsim.units import format_clock

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MACHINES = ("kiosk",)
"""Roles whose servers are no people: nobody schedules them by half-hour."""


class Tour(NamedTuple):
    """One way to work a day: its name, the stretches on duty, the half-hours they cover, paid hours and their cost."""

    name: str
    stretches: tuple[tuple[int, int], ...]
    slots: tuple[int, ...]
    hours: float
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Post:
    """A station whose staff is planned.

    Attributes
    ----------
    station : int
    name : str
    shift_end : str
        As in the scenario; servers that are interchangeable stay so.
    today : float64[n_slots]
        Mean number scheduled now.
    hours : float
        Hours scheduled now, breaks of the station included.
    least, most : int
        Bounds on the number in every half-hour.
    """

    station: int
    name: str
    shift_end: str
    today: F64
    hours: float
    least: int
    most: int

    @property
    def path(self) -> str:
        """Where a scenario says who serves."""
        return f"stations.{self.name}.servers"

    def by_number(self, numbers: Sequence[int], slots: I64) -> dict[str, Any]:
        """Return servers whose number changes from half-hour to half-hour, as a scenario writes them."""
        staff = {format_clock(begin): int(n) for (begin, _), n in zip(slots.tolist(), numbers, strict=True)}
        return {"staff": staff, "shift_end": self.shift_end}

    def by_tours(self, people: Sequence[tuple[Tour, int]], slots: I64) -> Any:
        """Return servers on shifts, as a scenario writes them; interchangeable ones by their number."""
        if self.shift_end != "named":
            numbers = np.zeros(len(slots), dtype=np.int64)
            for tour, n in people:
                numbers[list(tour.slots)] += n
            return self.by_number(numbers.tolist(), slots)
        worked = sorted((tour.stretches for tour, n in people for _ in range(n)))
        return [
            {"name": f"{self.name} {i + 1}", "shifts": [span_text(stretch) for stretch in stretches]}
            for i, stretches in enumerate(worked)
        ]


def posts_of(
    model: Model, names: Sequence[str], targets: Sequence[Target], most: Mapping[str, int], slots: I64
) -> tuple[Post, ...]:
    """Return the posts to plan: those named, or every staffed station that a target speaks of.

    Raises
    ------
    UsageError
        For a station that does not exist, is a machine, or has servers that are not alike.
    """
    known = [s.name for s in model.stations if not s.delay]
    for name in (*names, *most):
        if name not in known:
            raise UsageError(not_one_of(name, "a station", known))
    measured = {t.station for t in targets}
    chosen = [
        i
        for i, s in enumerate(model.stations)
        if (s.name in names if names else i in measured or (-1 in measured and s.role == "counter"))
    ]
    if not names:  # targets of machines are kept beside those of people, or refused with their reason
        chosen = [i for i in chosen if model.stations[i].role not in MACHINES] or chosen
    if not chosen:
        raise UsageError("the targets speak of no station with servers; name the posts to plan with --station")
    if others := sorted(set(most) - {model.stations[i].name for i in chosen}):
        raise UsageError(f"{others[0]} is not planned, so that a largest number for it has no effect")
    return tuple(_post(model, i, most, slots) for i in chosen)


def _post(model: Model, i: int, most: Mapping[str, int], slots: I64) -> Post:
    station = model.stations[i]
    _check(model, station)
    spans = on_duty(station, model.close)
    today = np.array([sum(max(min(b, end) - max(a, begin), 0) for a, b in spans) for begin, end in slots.tolist()])
    prepares = any(s.preparation is not None and s.preparation.by == i for s in model.stations)
    return Post(
        station=i,
        name=station.name,
        shift_end=station.shift_end,
        today=today / (slots[:, 1] - slots[:, 0]),
        hours=sum(b - a for a, b in spans) / US_PER_HOUR,
        least=0 if prepares else 1,
        most=most.get(station.name, 10_000),
    )


def on_duty(station: Station, close: int) -> list[tuple[int, int]]:
    """Return every stretch that somebody of a station is scheduled for; levels last until `close`."""
    if not station.levels:
        return [shift for server in station.servers for shift in server.shifts]
    ends = [t for t, _ in station.levels[1:]] + [close]
    return [(t, end) for (t, n), end in zip(station.levels, ends, strict=True) for _ in range(n) if t < end]


def _check(model: Model, station: Station) -> None:
    """Refuse stations whose staff cannot be replaced by people who are alike."""
    why = ""
    if station.role in MACHINES:
        why = "its servers are machines, which have no shifts; compare numbers of them with `hallsim compare`"
    elif station.pools:
        why = "its servers stand in pools that call different tickets; who joins which pool is not planned"
    elif any(s.person for s in station.servers):
        why = "some of its people work at other stations, too; who works where is not planned"
    elif len({(s.type_factors, s.novice, s.fatigue, s.time_factor, s.absent) for s in station.servers}) > 1:
        why = "its people differ in speed or in how often they are absent, and a plan counts people who are alike"
    if why:
        raise UsageError(f"{station.name} cannot be planned: {why}")


def with_staff(hall: Scenario, staff: Mapping[Post, Any]) -> Scenario:
    """Return a scenario with other servers at some posts, as `Post.by_number` or `Post.by_tours` writes them.

    Raises
    ------
    UsageError
        If the hall's other rules do not allow them.
    """
    for post, servers in staff.items():
        try:
            hall = hall.change(post.path, servers)
        except ScenarioError as problem:
            said = "; ".join(str(complaint.message) for complaint in problem.complaints[:3])
            raise UsageError(f"{post.name} cannot be planned: other servers do not fit the scenario: {said}") from None
    return hall
