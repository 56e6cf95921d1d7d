"""What differs from day to day, as the scenario language declares it: types of day.

Out: the kinds that `hallsim.scenario.declaration` puts into the whole; `hallsim.scenario.days` makes days of what they
read.
"""

from __future__ import annotations

from hallsim.scenario.coming import Arrivals
from hallsim.scenario.kinds import Key, Number, Portion, Record
from hallsim.scenario.labels import LABEL

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
