"""What a KPI is made of: its declaration, and the names of the sums that reducers collect.

A KPI is a ratio of two sums over replications (semantics 15), or a percentile of pooled waits. Its
numerator and denominator are written as sums of the *stats* below, by name; a leading "-" subtracts.
Some denominators are not counted but known: "days" (one per replication), "window" (length of the
observed stretch, in microseconds), "booked" (appointments), "quota" (transactions asked for), "outages" (of a
day) and "area" (hundredths of a square metre). A new KPI is one entry in a family's file, no code.

Stats come in blocks, each kept for its own kind of thing:

- "stay": per line, segment and hour of arrival at the hall; one stay is one joining of a line.
- "visit": per customer type and hour of arrival; one visit is one customer.
- "clock": time integrals per line and per hour of the clock, in microseconds.
- "server": per server and, inside the opening hours, per hour of the clock, in microseconds.
- "duty": per station and half-hour of the clock, in microseconds; only of halls where the number on duty changes.
- "booking": per source of appointments.
- "quota": per transaction with a quota for the day, set when sums are aggregated.
- "channel": per channel of a catchment, in transactions, set when sums are aggregated; the hall is one of them.
- "way": per way to a hall of a network, set when sums are aggregated; each hall has those that lead to it.
- "money": per replication, in millionths of the scenario's money, microseconds or counts; set when sums are aggregated.
- "zone": per zone, inside the opening hours.
- "outage": per outage that ends inside the opening hours, and threshold T.
- "horizon": of visits, by what comes of them on later days; by cause: by how the visit ended.
- "day": per replication.

A KPI that `needs` a feature is reported only for halls that have it (`hallsim.kpis.features`).
"""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.compiled import FOLLOWED as FOLLOWED_BIT
from hallsim.compiled import SERVER_STATES, STATE_DOWN, STEP_OUTCOMES, VISIT_OUTCOMES
from hallsim.model import Label

STAY_STATS = (
    "joined",  # joined a line and the stay is over; an interrupted service is not the end of it
    *STEP_OUTCOMES[1:],  # counts, at the place of their code
    "delayed",  # did not get a server at the instant of joining
    "wait_called",  # microseconds waited by those whom a server took in the end
    "wait_given_up",  # microseconds waited by those who gave up, did not come when called or were closed out
    "service",  # microseconds with a server, interrupted parts included
    "prepared",  # what a preparation came to, at the place of its code; `prepared` counts all that were completed
    "prepared_dropped",
    "prepared_in_vain",
    "prepared_done",
    "tried",  # went to a terminal while they waited
    "cross_sold",  # and bought
    "overtaken",  # by somebody who joined the station later; only at stations where not all are called by age
)
"""Stats of a stay before the thresholds, and their order; the counts within each threshold follow."""

TAKEN = ("served", "failed", "transferred")
"""Ends of a stay in which a server took the customer."""
ABANDONED = ("reneged", "no_show")
"""Ends of a stay in which the customer left the line of himself."""

VISIT_STATS = (
    "visits",
    *VISIT_OUTCOMES[1:],
    "time_all",
    "time_served",
    "sent",  # to another channel, at any step
    "stayed_away",  # and did not come back into the hall
    "followed",  # steps after which the customer went on with another transaction
    "transactions",  # done; set when sums are aggregated, since a type has so many
)
CLOCK_STATS = ("waiting", "serving", "inside")
SERVER_STATS = (
    *("busy", "paid"),
    "unready",  # paid, and down, being set up, calling a number whose holder has left, or on a paid break
    "overtime",
    *SERVER_STATES[STATE_DOWN:],  # what duty was spent on besides: "unready", and "break", which is not paid
    "elsewhere",  # busy with customers of other stations
    "walking",  # busy between a call and the service
    "slowed",  # what services took longer because their servers were novices or tired
    "stops",  # how often the server was down
    "openings",  # how often an extra counter was opened
)
"""The first `N_FLOOR` are kept by station and hour, too."""
DUTY_STATS = ("on_duty", "not_open")
BOOKING_STATS = ("came",)
QUOTA_STATS = ("tasks", "towards_quota", "met")
CHANNEL_STATS = ("done", "electronic", "done_unpaid", "electronic_unpaid", "by_hall", "asked")
WAY_STATS = ("set_out", "received", "sent_on", "travelled", "sent_away", "stayed_away")
MONEY_STATS = (
    *("cost", "cost_wages", "cost_rent", "cost_equipment", "cost_channels"),
    *("cost_waiting", "cost_lost", "cost_churn", "sales_value", "paper_cost", "avoidable_cost"),
    "hall_done",  # transactions done in the hall
    *("at_counters", "at_others"),  # services by counters; by kiosks and pre-acceptance, and visits diverted
    *("counter_time", "staff_time"),  # paid time at the counters, and of all who are no machines
)
ZONE_STATS = (
    "held",  # people times microseconds
    "full",
    *("most", "mostly"),  # the largest number, and that not exceeded for 95 % of the time
    *("outside", "time_outside"),  # of who waited outside
)
OUTAGE_STATS = ("recovering", "unrecovered")
"""Each for every threshold."""
DAY_STATS = ("days", "late")

JOINED, DELAYED = STAY_STATS.index("joined"), STAY_STATS.index("delayed")
WAIT_CALLED, WAIT_GIVEN_UP = STAY_STATS.index("wait_called"), STAY_STATS.index("wait_given_up")
SERVICE, N_STAY = STAY_STATS.index("service"), len(STAY_STATS)
OVERTAKEN = STAY_STATS.index("overtaken")
CAME_TO, TRIALS = STAY_STATS.index("prepared"), STAY_STATS.index("tried")
VISITS, TIME_ALL, TIME_SERVED = 0, VISIT_STATS.index("time_all"), VISIT_STATS.index("time_served")
SERVED, FOLLOWED = VISIT_STATS.index("served"), VISIT_STATS.index("followed")
FOLLOWED_SHIFT = 47 + FOLLOWED_BIT.bit_length()
"""Where the bit of a step that another transaction follows lies, in what a row says."""
TRANSACTIONS = VISIT_STATS.index("transactions")
SENT, STAYED_AWAY = VISIT_STATS.index("sent"), VISIT_STATS.index("stayed_away")
BUSY, PAID, UNREADY, OVERTIME = range(4)
DOWN, STOPS, OPENINGS = (SERVER_STATS.index(name) for name in ("down", "stops", "openings"))
ELSEWHERE, WALKING, SLOWED = (SERVER_STATS.index(name) for name in ("elsewhere", "walking", "slowed"))
N_FLOOR, N_DUTY, N_ZONE = 3, len(DUTY_STATS), len(ZONE_STATS)
N_VISIT, N_CLOCK, N_SERVER, N_DAY = len(VISIT_STATS), len(CLOCK_STATS), len(SERVER_STATS), len(DAY_STATS)

SCOPES = {
    "stay": ("hall", "branch", "station", "line", "class", "segment"),
    "visit": ("hall", "segment", "transaction"),
    "clock": ("hall", "branch", "station", "line"),
    "server": ("hall", "branch", "station", "pool", "server"),
    "duty": ("hall", "station"),
    "booking": ("source",),
    "quota": ("hall", "transaction"),
    "channel": ("hall", "channel"),
    "way": ("hall", "branch", "way"),
    "money": ("hall", "branch"),
    "zone": ("zone",),
    "outage": ("hall", "branch", "station"),
    "horizon": ("hall", "cause"),
    "day": ("hall",),
}
"""What each block can be reported by. For stays, queues and servers, "hall", "class" and "segment" mean
the stations whose role is counter, taken together (all stations, where none has it), "branch" those of one hall of a
network."""

UNITS = {
    "min": 60_000_000.0,
    "share": 1.0,
    "people": 1.0,
    "days": 1.0,
    "servers": 1.0,
    "per day": 1.0,
    "per month": 1.0 / 30.0,
    "min per day": 60_000_000.0,
    "per hour": 1.0 / 3_600_000_000.0,
    "money": 1_000_000.0,
    "money per day": 1_000_000.0,
    "per m² a day": 0.01,
    "money per m² a day": 10_000.0,
}
"""Unit -> what one of it is in the ratio of the sums."""


HOUR_MINUTES = {"duty": 30}
"""Length of the "hours" of a block that has others than whole ones."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure: the only place where it is defined.

    Attributes
    ----------
    name, en, zh : str
        Name in code, and as readers see it in both languages.
    unit : str
        One of `UNITS`. Shares are kept as 0 to 1 and shown as per cent.
    block : str
        Which stats it is made of; decides what it can be reported by.
    numerator, denominator : tuple of str
        Stats to sum; for a percentile both are empty.
    doc, doc_zh : str
        What it counts, exactly, in English and Chinese.
    scopes : tuple of str
        Which of the block's scopes make sense; empty: all.
    by_hour : bool
        Whether it is reported by hour too (stays and visits: hour of arrival at the hall; else of the clock).
    per_threshold : bool
        Whether there is one for every waiting-time threshold T.
    percentile : float
        0 for a ratio, else p in (0, 1).
    needs : str
        The feature that a hall must have for it, one of `hallsim.kpis.features.FEATURES`; empty: none.
    """

    name: str
    en: str
    zh: str
    unit: str
    block: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    doc: str
    doc_zh: str
    scopes: tuple[str, ...] = ()
    by_hour: bool = True
    per_threshold: bool = False
    percentile: float = 0.0
    needs: str = ""


def kpi_label(kpi: Kpi, within_min: float | None) -> Label:
    """Return a figure's name, its threshold filled in.

    >>> from hallsim.kpis import KPIS
    >>> kpi_label(KPIS["service_level"], 10.0)
    Label(en='Service level within 10 min', zh='等候达标率（10 分钟）')
    """
    if within_min is None:
        return Label(kpi.en, kpi.zh)
    t = f"{within_min:g} min"
    english = kpi.en.replace("longer than T", f"longer than {t}").replace("within T", f"within {t}")
    return Label(english, f"{kpi.zh}（{within_min:g} 分钟）")
