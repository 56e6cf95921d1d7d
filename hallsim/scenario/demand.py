"""What differs from day to day, as the scenario language declares it: types of day, campaigns.

Out: the kinds that `hallsim.scenario.declaration` puts into the whole; `hallsim.scenario.days` and
`hallsim.scenario.campaigns` make days of what they read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hallsim.scenario.coming import Arrivals
from hallsim.scenario.kinds import SHARE, ByType, Key, Kind, ListOf, Number, Portion, Record, Schema, Text, Words
from hallsim.scenario.labels import LABEL
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import plain, show

MOST_LIFT = 1000
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


@dataclass(frozen=True)
class Lift(Kind):
    """By which part something rises: a percentage that may be above 100 %. Reads into a Fraction of 1."""

    def read(self, data: Any, path: Path, ctx: Reading) -> Fraction | None:
        match = _PERCENT.fullmatch(plain(data)) if isinstance(data, str) else None
        if match is None or Fraction(match[1]) > MOST_LIFT:
            ctx.add(path, f"{show(data)} is not a percentage from 0 % to {MOST_LIFT} %, such as 35 %")
            return None
        return Fraction(match[1]) / 100

    def describe(self) -> str:
        return f"percentage up to {MOST_LIFT} %"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\s*[0-9.]+\s*%\s*$"}


DAY_TYPE = Record(
    "a day type",
    (
        Key(
            "share",
            Portion(),
            "part of the days that are of this type",
            "none, where there is a calendar",
            example="20 %",
        ),
        Key(
            "arrivals",
            Arrivals(),
            "how customers come on such a day: sources of `arrivals`, by name, and what is different",
            "as under `arrivals`",
            example="{per_hour: [60, 90, 110, 90, 60, 80, 100, 90, 50]}",
        ),
        Key(
            "demand",
            Number(low=0, high=100),
            "all rates of the day are multiplied by it",
            "1",
            example="1.4",
        ),
        Key("label", LABEL, "name in reports", "the key", example="{en: payment peak, zh: 缴费高峰}"),
    ),
    "A type of day: weekday, month end, payment peak, holiday.",
)
CAMPAIGN = Record(
    "a campaign",
    (
        Key(
            "on",
            Words(("every_day",), ListOf(Text(), "day types, dates or stretches of dates")),
            "when it runs: on days of some types, or of the calendar",
            "every_day",
            example='["2024-09-09 to 2024-09-15"]',
        ),
        Key("level", Text(), "who runs it, for reports", "nothing", example="province"),
        Key("label", LABEL, "name in reports", "the key"),
        Key(
            "lift",
            ByType(Lift()),
            "by how much arrivals rise that have rates: the additional customers are a source of their own",
            "0 %",
            example="{handset: 35 %}",
        ),
        Key(
            "service_time",
            ByType(Number(above=0, high=10)),
            "service times are multiplied by it, since terms have to be explained",
            "1",
            example="{handset: 1.1}",
        ),
        Key(
            "misunderstood",
            ByType(SHARE),
            "part of those who leave the counters as served and come back, since they have misunderstood the terms",
            "0 %",
            example="{handset: 6 %}",
        ),
        Key(
            "come_back",
            Text(),
            "a station of the role `orbit`, where these are until they come back",
            example="at_home",
        ),
        Key(
            "at",
            ListOf(Text(), "stations"),
            "where services take longer, and who leaves may have misunderstood",
            "the stations of the role counter",
            example="[counter]",
        ),
    ),
    "A campaign. Several that run on one day add up, each with customers of its own.",
)
INTERCEPTION = Record(
    "interception",
    (
        Key("offered", ByType(SHARE), "part of those who come to whom it is offered", "100 %", example="30 %"),
        Key(
            "accepted",
            ByType(SHARE),
            "part of these who accept, and do not come in",
            required=True,
            example="{vip: 10 %, rest: 40 %}",
        ),
        Key("to", Text(), "the channel that they are sent to", required=True, example="app"),
        Key(
            "when",
            Text(),
            "only while a condition holds, such as those of cases",
            "always",
            example="more than 20 waiting",
        ),
    ),
    "Interception before the door: who accepts never comes in, and the visit ends as *intercepted*.",
)
