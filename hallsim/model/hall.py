"""What a hall is: the resolved, immutable description that everything after the scenario file works on.

In: built by `hallsim.scenario` from YAML (or by hand in tests). Out: read by `hallsim.compiled`, by the
KPIs (names, labels) and by the reports. All times are integer microseconds on the hall's clock, whose
zero is the midnight that begins the day (steady-state scenarios start at zero); rates are customers
per microsecond. Nothing here draws, simulates or formats.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hallsim.model.channels import Channel, FirstChoice
from hallsim.model.conditions import Joining, Term
from hallsim.model.costs import Costs
from hallsim.model.customer_types import CustomerType, FollowOn, Label, Segment, Skill, TicketClass, Transaction
from hallsim.model.networks import Network
from hallsim.model.overlays import Experience, Preparation
from hallsim.model.people import Break, ExtraCounters
from hallsim.model.queue_tickets import Calls, Numbers, Quotes
from hallsim.model.weeks import Horizon, Persons
from hallsim.model.zones import Zone
from hallsim.parts.calls.rule import CallRule, Overflow
from hallsim.parts.distributions import Law

US_PER_SECOND = 1_000_000
US_PER_MINUTE = 60 * US_PER_SECOND
US_PER_HOUR = 60 * US_PER_MINUTE
US_PER_DAY = 24 * US_PER_HOUR

SHIFT_END_MODES = ("named", "pooled", "preemptive")
IDLE_CHOICES = ("longest_idle", "lowest_number", "random")
FAILS_BY = ("up", "busy", "uses")
INTERRUPTED_WORK = ("resume", "resample", "repeat")
POLICY_POINTS = {
    "call": ("hall", "station", "server", "tickets"),
    "server": ("hall", "station", "customer", "servers"),
    "join": ("hall", "station", "customer"),
    "route": ("hall", "station", "customer", "choices"),
    "open": ("hall", "station"),
    "close": ("hall", "station", "server"),
}
"""Decisions that Python code can take -> what its function is given."""
REPLAY_ORDERS = ("ticket", "line", "observed")
REPLAY_LINES = ("counter", "station")


@dataclass(frozen=True, slots=True)
class RatePiece:
    """A stretch [start, end) of constant arrival rate, in customers per microsecond."""

    start: int
    end: int
    rate: float


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of customers through the door.

    `kind` is "poisson" (pieces), "renewal" (law of the gaps; the first customer comes one gap after
    the start, none at or after the end) or "table" (times, sorted; entry i is a customer of type
    `table_types[i]`, or -1 to draw the type from the mix). `mix[i]` is the probability of type i.

    What a table may say of customer i besides (semantics 19; an empty tuple, or -1, says nothing):
    `table_services[i]` and `table_patiences[i]` in microseconds, which hold for his first stay at each
    station, and `table_places[i]`, by which he stands in every line: lower first, whoever has none last.

    `group_sizes` are (number, probability) where poisson and renewal sources bring several customers at a time
    (semantics 20); rates and gaps are then those of the groups.

    A table may be one of appointments (`booked`, semantics 22): its customers come with the probability `show`, and
    before or after their time by what `early` and `late` draw.

    The rates of a poisson source may vary (semantics 24) by a gamma factor of mean 1 for the replication, with the
    coefficient of variation `day_cv`, and one for each hour of the clock, with `hour_cv` (0: always 1). They are drawn
    by the name of the source `varies_with`, by default its own. A piece before the opening is the crowd.
    """

    name: str
    kind: str
    mix: tuple[float, ...]
    pieces: tuple[RatePiece, ...] = ()
    gap: Law | None = None
    start: int = 0
    end: int = 0
    table_times: tuple[int, ...] = ()
    table_types: tuple[int, ...] = ()
    table_services: tuple[int, ...] = ()
    table_patiences: tuple[int, ...] = ()
    table_places: tuple[int, ...] = ()
    group_sizes: tuple[tuple[int, float], ...] = ()
    show: float = 1.0
    early: Law | None = None
    late: Law | None = None
    day_cv: float = 0.0
    hour_cv: float = 0.0
    varies_with: str = ""
    booked: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """A named person or machine with its shifts [on, off), and a factor on every service time.

    `pool` is an index into the pools of the station, 0 where it has none. `type_factors` are more factors, by customer
    type (empty: none). `novice` (f, k): after n services of the day he takes 1 + (f - 1) * exp(-n / k) times as long.
    `fatigue` (a, m): 1 + a times as long after an hour without a break, at most 1 + m. He is away for the whole day
    with the probability `absent`.

    Servers of the same `person` (if any is named) are one person at several places, one after the other: who is due at
    one of them while he is still busy at another comes when he is free (semantics 39).
    """

    name: str
    shifts: tuple[tuple[int, int], ...]
    time_factor: float = 1.0
    pool: int = 0
    type_factors: tuple[float, ...] = ()
    novice: tuple[float, float] | None = None
    fatigue: tuple[float, float] | None = None
    absent: float = 0.0
    person: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of a routing table.

    `destination` is a station index, or `len(model.stations) + i` for exit i. `step_outcome` is
    "served", "failed" (a kiosk that could not do it) or "transferred" (sent on with the same ticket): what the step
    just finished is recorded as. A ticket with `keeps` stands in the next line by its order of joining this one.
    """

    probability: float
    destination: int
    step_outcome: str = "served"
    keeps: bool = False


ENDINGS = ("reneged", "balked", "blocked", "no_show", "follow_on")
"""How a stay may end without a service, or so that another transaction follows: fields `on_...` of a station say where
customers go then."""


@dataclass(frozen=True, slots=True)
class Case:
    """Routes per customer type that hold when all terms do; a type without any goes by the next case.

    Of ways to halls that are `chosen` a customer takes the one that he likes best (semantics 52), whatever the
    probabilities.
    """

    when: tuple[Term, ...]
    routes: tuple[tuple[Route, ...], ...]
    chosen: bool = False


LEAVE = -1
"""Destination of who leaves the hall with the outcome that his stay's end has anyway."""


@dataclass(frozen=True, slots=True)
class Line:
    """Tickets of one class waiting at one station; `rank` 0 is called before rank 1, equal ranks by age."""

    name: str
    ticket_class: int
    rank: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Servers of one station that may call the same lines (semantics 30).

    Per line of the station: `ranks` says in which order they call (lower first, equal ranks by age of the
    ticket; -1: they may not call it), `turns` in which order a customer of the line tries the pools (lower
    first, among equal turns the station's choice of idle servers decides). `service` is their own law for each
    customer type; empty: the station's.

    Where the station has call rules, `by` says what they decide: "order": among lines of equal rank; "call": ranks
    are theirs, too, and those of the pool only say what it may call; "longest_waiting": nothing.

    `overflow` says per line when it is called although its rank is -1; empty: never.
    """

    name: str
    ranks: tuple[int, ...]
    turns: tuple[int, ...]
    service: tuple[Law, ...] = ()
    by: str = "order"
    overflow: tuple[Overflow | None, ...] = ()

    def calls(self, line: int) -> bool:
        """Return whether its servers ever call a line of the station."""
        return self.ranks[line] >= 0 or bool(self.overflow and self.overflow[line])


@dataclass(frozen=True, slots=True)
class Breakdowns:
    """How the servers of a station break down and are repaired (semantics 31).

    `every` is the law of the time to the next breakdown, counted `by` the time "up" or "busy", or `uses` is the
    number of services after which one comes (`by` "uses"). `crew` repairs can go on at once (0: all). The customer
    goes back to the head of the line, or to the end of the line at station `send_to`. While no server is up, the
    line and whoever comes go to station `when_down` (-1: they wait).
    """

    by: str
    every: Law | None
    repair: Law
    uses: int = 0
    crew: int = 0
    send_to: int = -1
    when_down: int = -1


@dataclass(frozen=True, slots=True)
class Station:
    """A place where customers wait for servers: greeter, counters, kiosks.

    Per customer type: `line_of_type` (index into `lines`), `service`, `patience` (None: endless) and
    `routes` (rows whose probabilities sum to 1). Servers come either by name with shifts
    (`shift_end` "named") or as `levels`, a right-continuous staffing step function (t, number) over
    interchangeable servers ("pooled", "preemptive"); `servers` then lists the largest number, with
    empty shifts. Servers of a station with `pools` are named; without pools all may call every line by its rank.
    empty shifts. So are those of a station with `breakdowns` or `outages`, stretches [from, to) in which all its
    servers are down.

    With `per_transaction` a service is the sum of the times of all transactions of the visit (semantics 26).

    With `preempts` a customer interrupts the service of one whose line the server calls later (semantics 33).

    `on_reneged`, `on_balked`, `on_blocked` and `on_no_show` say where who gives up, does not want to join, finds no
    room or is skipped goes then (rows like those of `routes`; a destination may be LEAVE; empty: everybody leaves).

    Who has another transaction after his stay (`Model.follow_ons`) goes where `on_follow_on` says, by his new type; if
    the station `goes_on`, a server who may call his line there goes on with him at once (semantics 47).

    Servers for whom nobody waits call the lines of the stations that it `helps`, in that order (semantics 45).

    The first of `cases` that holds is taken instead of `routes` (semantics 21), the first of `joining` instead of
    `join_probability` (semantics 18).

    Extra counters open only while the terms of `opens_when` hold (semantics 40).

    A free server calls by the first of `call_rules` that holds (semantics 34); the last has no condition. Without
    any he calls by the ranks of the lines.

    Between the call of a customer and the start of his service passes a time of `walk`, and after it the server has
    work of a time of `wrap_up`, both by customer type (None, or an empty tuple: none; semantics 38).

    It lies in the `zone`, or with `waits_in_zone` only its customers wait there (-1: in none; semantics 50).

    A station with `delay` has no servers and nobody waits there: customers spend a time of `service` at it
    and go on (semantics 14). With `outside` they have left the hall for that time, as they have at an `outside` station
    with servers, such as the agents of a hotline (semantics 48).

    Draws of customers go by the name `drawn_as` (empty: the station's own). Where the delay is the way to a hall `door`
    is set: its routes are those of the hall's door, and so is their draw (semantics 52).

    In a hall with annexes the `hours` are those of its annex, or of the hall; stations of the same hours are one
    (semantics 53). None: it is open while the doors are.
    """

    name: str
    role: str
    label: Label
    lines: tuple[Line, ...]
    line_of_type: tuple[int, ...]
    servers: tuple[Server, ...]
    service: tuple[Law, ...]
    routes: tuple[tuple[Route, ...], ...]
    patience: tuple[Law | None, ...]
    shift_end: str = "named"
    levels: tuple[tuple[int, int], ...] = ()
    interrupted: str = "resume"
    idle_choice: str = "longest_idle"
    room_total: int = -1
    room_waiting: int = -1
    join_probability: tuple[float, ...] = ()
    joining: tuple[Joining, ...] = ()
    pools: tuple[Pool, ...] = ()
    on_reneged: tuple[tuple[Route, ...], ...] = ()
    on_balked: tuple[tuple[Route, ...], ...] = ()
    on_blocked: tuple[tuple[Route, ...], ...] = ()
    delay: bool = False
    outside: bool = False
    cases: tuple[Case, ...] = ()
    breakdowns: Breakdowns | None = None
    outages: tuple[tuple[int, int], ...] = ()
    extra: ExtraCounters | None = None
    opens_when: tuple[Term, ...] = ()
    numbers: Numbers | None = None
    preempts: bool = False
    per_transaction: bool = False
    breaks: tuple[Break, ...] = ()
    quotes: Quotes | None = None
    calls: Calls | None = None
    on_no_show: tuple[tuple[Route, ...], ...] = ()
    on_follow_on: tuple[tuple[Route, ...], ...] = ()
    goes_on: bool = False
    preparation: Preparation | None = None
    experience: Experience | None = None
    call_rules: tuple[CallRule, ...] = ()
    helps: tuple[int, ...] = ()
    walk: tuple[Law | None, ...] = ()
    wrap_up: tuple[Law | None, ...] = ()
    zone: int = -1
    waits_in_zone: bool = False
    drawn_as: str = ""
    door: bool = False
    hours: tuple[int, int] | None = None

    @property
    def round_the_clock(self) -> bool:
        """Whether it opens again the moment it closes."""
        return self.hours is not None and self.hours[1] - self.hours[0] == US_PER_DAY

    @property
    def luck(self) -> str:
        """The name by which customers draw what happens to them here."""
        return self.drawn_as or self.name


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of the hall: `outcome` is the visit outcome ("served", "diverted"), `channel` whereto."""

    name: str
    label: Label
    outcome: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A decision that Python code takes in the place of a built-in rule, on the readable engine only.

    `point` is one of `POLICY_POINTS`, `station` an index, -1 for the door. `text` is what the `file` held when the
    scenario was read; nothing else is ever executed.
    """

    point: str
    station: int
    name: str
    file: str
    function: str
    text: str

    @property
    def code(self) -> str:
        """File and function, as the scenario writes them."""
        return f"{self.file}:{self.function}"


@dataclass(frozen=True, slots=True)
class Target:
    """A promise to hold the results against.

    It is measured at a `station` (-1: at all counters), in a network at those of the hall `branch` (-1: of all halls).
    `measure` is a KPI name ("service_level", "mean_wait", "abandonment", "wait_p90" ...);
    `ticket_class` -1 means all. For "service_level" `within` is the threshold in microseconds and
    `at_least` the share; else `at_most` is the bound in the KPI's own unit.
    """

    measure: str
    station: int
    ticket_class: int
    within: int = -1
    at_least: float | None = None
    at_most: float | None = None
    branch: int = -1


@dataclass(frozen=True, slots=True)
class Uncertain:
    """An entry of the scenario that is not known exactly: a factor of mean 1 or so lies between `low` and `high`.

    Of the `law` "normal" these are the ends of the middle 95 %, of "uniform" of all of it.
    """

    path: str
    low: float
    high: float
    law: str


@dataclass(frozen=True, slots=True)
class Day:
    """What one kind of day has of its own; everything else is the hall's.

    Attributes
    ----------
    date : str
        Calendar date, "2024-03-05"; empty where there is none.
    close : int
        When the doors close, microseconds; not after the hall's.
    sources : tuple of Source
        In the place of the hall's, with the same names and kinds.
    shifts : tuple [station][server] of shifts [on, off)
    levels : tuple [station] of staffing levels (t, number), for stations that have them
    kind : str
        Name of the day type; empty for logged days.
    campaigns : tuple of int
        Those of the hall's campaigns that run.
    stations : tuple of Station
        In the place of the hall's, where they work differently on such a day; empty: they do not.
    share : float
        Probability of a replication to be such a day, where there is no calendar.
    entry : tuple
        In the place of the hall's, where customers set out differently on such a day; empty: they do not.
    """

    date: str
    close: int
    sources: tuple[Source, ...]
    shifts: tuple[tuple[tuple[tuple[int, int], ...], ...], ...]
    levels: tuple[tuple[tuple[int, int], ...], ...]
    kind: str = ""
    share: float = 0.0
    campaigns: tuple[int, ...] = ()
    stations: tuple[Station, ...] = ()
    entry: tuple[tuple[Route, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class DayType:
    """A type of day, such as a weekday or a payment peak."""

    name: str
    label: Label


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign by its name and level (province, city); what it does is in sources and stations (semantics 25)."""

    name: str
    label: Label
    level: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A whole hall, resolved and cross-checked.

    `open` and `close` bound the arrivals; `close` is when the doors close. `warm_up` is deleted from the
    front (steady-state scenarios: `steady` is True, `open` is 0 and `close` is the length of the run).
    `entry[i]` routes customers of type i from the door. `resolution` is the tick in microseconds to
    which every duration and arrival is rounded. `join_probability` of a station is indexed by the number
    inside it; beyond its end the last value holds. `question` is what a report is to answer (None: whether
    the targets are met).

    `days` are the kinds of day that a hall has; engines see one plain day at a time (`of_day`). Where customers
    come from a log (`logged`), replication i is day i, and there are no others. Else (semantics 23) replication i
    is of the kind that the i-th date of the `calendar` has, which begins anew at its end; without a calendar it is
    drawn by the shares of the kinds. Empty: any number of days, all of one kind. `policies` are
    the decisions left to Python code. `uncertain` entries have their written values here; who asks what their
    uncertainty does to the results scales the scenario (`hallsim.experiment.inputs`). With a `catchment` the
    sources bring all who want a transaction done, by whichever of the `channels` (semantics 49): whom each type asks
    first is in `first_choices`; `payments` are the transactions without which the electronic share is given, too.
    `costs` say what it all is worth. With a `horizon` a replication is a sequence of days, and the last source brings
    who comes again (semantics 54); `persons` say whose visits they all are (semantics 56).

    `zones` are the parts of the hall that have a number of places; stations say which they lie in.

    `follow_ons[i]` are the transactions that may follow in the same visit when a customer of type i would leave as
    served (semantics 47); empty: none ever do. A `network` says which of the stations are which of its halls (semantics
    52).
    """

    name: str
    label: Label
    description: str
    source_note: str
    open: int
    close: int
    segments: tuple[Segment, ...]
    transactions: tuple[Transaction, ...]
    types: tuple[CustomerType, ...]
    ticket_classes: tuple[TicketClass, ...]
    sources: tuple[Source, ...]
    stations: tuple[Station, ...]
    exits: tuple[Exit, ...]
    entry: tuple[tuple[Route, ...], ...]
    entry_cases: tuple[Case, ...] = field(default=(), kw_only=True)
    targets: tuple[Target, ...] = ()
    steady: bool = False
    warm_up: int = 0
    resolution: int = 1
    scenario_hash: str = ""
    files: tuple[str, ...] = field(default=())
    question: Label | None = None
    policies: tuple[Policy, ...] = ()
    days: tuple[Day, ...] = field(default=(), hash=False)  # tables of a year's customers: too long to hash
    day_types: tuple[DayType, ...] = ()
    calendar: tuple[tuple[str, int], ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    skills: tuple[Skill, ...] = ()
    follow_ons: tuple[tuple[FollowOn, ...], ...] = ()
    uncertain: tuple[Uncertain, ...] = ()
    channels: tuple[Channel, ...] = ()
    payments: tuple[int, ...] = ()
    catchment: bool = False
    first_choices: tuple[FirstChoice, ...] = ()
    costs: Costs | None = None
    zones: tuple[Zone, ...] = ()
    horizon: Horizon | None = None
    persons: Persons | None = None
    network: Network | None = None

    @property
    def unit(self) -> str:
        """What a replication is: a day, a run of a steady-state scenario, or a horizon of several days."""
        return "run" if self.steady else "horizon" if self.horizon is not None else "day"

    @property
    def logged(self) -> bool:
        """Whether the days are those of a log."""
        return bool(self.days) and not self.day_types and self.horizon is None

    @property
    def overnight(self) -> tuple[bool, ...]:
        """Which stations go on past midnight, from one day of a horizon to the next (semantics 53)."""
        return tuple(self.horizon is not None and station.round_the_clock for station in self.stations)

    def of_day(self, i: int) -> Model:
        """Return the plain model of the i-th kind of day, without days of its own.

        Raises
        ------
        IndexError
            If a hall with days has no such kind of day.
        """
        if not self.days:
            return self
        if not 0 <= i < len(self.days):
            raise IndexError(f"day {i} of {len(self.days)}")
        day = self.days[i]
        stations = tuple(
            replace(
                station,
                servers=tuple(replace(s, shifts=own) for s, own in zip(station.servers, shifts, strict=True)),
                levels=levels,
            )
            for station, shifts, levels in zip(day.stations or self.stations, day.shifts, day.levels, strict=True)
        )
        entry = day.entry or self.entry
        return replace(self, close=day.close, sources=day.sources, stations=stations, entry=entry, days=(), calendar=())
