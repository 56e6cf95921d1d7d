"""Persons over the days of a horizon (客户的多次到访): how often they come, their habit, and offers held back.

Only of halls whose customers are drawn from persons (semantics 56). Whoever goes to another channel first counts as a
visit here, too. A month has 30 days on which the hall is open.
"""

from __future__ import annotations

from hallsim.kpis.horizon import of_hall

KPIS = (
    of_hall(
        "visits_per_person",
        "Visits a person a month",
        "人均月到访次数",
        "per month",
        ("first_visits", "return_visits"),
        ("persons",),
        "Visits of a person in 30 days on which the hall is open, by whichever channel, with those of coming again.",
        "每位客户在周期内每 30 天（不计休业日）的到访次数，不论渠道，含复访。",
        needs="persons",
    ),
    of_hall(
        "with_habit",
        "Persons with an electronic habit",
        "已养成电子渠道习惯的客户占比",
        "share",
        ("with_habit",),
        ("persons",),
        "Of all persons, those whose electronic transactions raise their electronic share as the day begins.",
        "当日开始时，因以往电子渠道办理而更常使用电子渠道的客户占全部客户的比例。",
        needs="persons",
    ),
    of_hall(
        "met_electronically",
        "Needs met by electronic channels",
        "电子渠道办结率",
        "share",
        ("electronic",),
        ("settled",),
        "Of all needs met, those met by an electronic channel, before, instead of or after a visit to the hall.",
        "全部办结的需求中，由电子渠道办结者所占比例，含未到厅与到厅后引导者。",
        needs="persons",
    ),
    of_hall(
        "offers_made",
        "Offers made",
        "主动推荐次数",
        "per day",
        ("offers",),
        ("days",),
        "Offers of another way or a product that customers were made, accepted or not.",
        "向客户作出的引导或推荐次数，不论是否接受。",
        needs="persons",
    ),
    of_hall(
        "offers_held_back",
        "Offers held back",
        "免打扰次数",
        "per day",
        ("held_back",),
        ("days",),
        "Offers not made, since the customer has been made as many as a person may be.",
        "因客户已达接触次数上限而未作出的推荐次数。",
        needs="persons",
    ),
    of_hall(
        "capped",
        "Persons who are made no offer",
        "处于免打扰期的客户占比",
        "share",
        ("capped",),
        ("persons",),
        "Of all persons, those who have been made as many offers as they may be as the day begins.",
        "当日开始时已达接触次数上限的客户占全部客户的比例。",
        needs="persons",
    ),
)
