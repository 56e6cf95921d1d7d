"""What comes of visits on later days (复访): who comes again and why, needs met at the first visit, days until then.

Only of halls with a horizon (semantics 54). Visits count on the day on which they end; "hall" is everybody, a cause is
how the visit ended after which somebody comes again. Who goes to another channel first counts with the others.
"""

from __future__ import annotations

from hallsim.compiled import VISIT_OUTCOMES
from hallsim.kpis.base import Kpi
from hallsim.model import Label

CAUSES = dict(
    zip(
        VISIT_OUTCOMES[1:],
        (
            Label("served, something wrong", "已办结但有误或有误解"),
            Label("left after a failure", "未办成离开"),
            Label("gave up waiting", "弃号离开"),
            Label("did not want to wait", "未取号离开"),
            Label("won for another channel", "厅外截流"),
            Label("sent to another channel", "引导至其他渠道"),
            Label("no room, or closed doors", "厅内已满或已闭厅"),
            Label("still waiting at closing", "闭厅时仍未受理"),
            Label("went to another channel first", "先到其他渠道"),
        ),
        strict=True,
    )
)
"""How a visit ends after which somebody comes again, for readers."""


def of_hall(
    name: str,
    en: str,
    zh: str,
    unit: str,
    above: tuple[str, ...],
    below: tuple[str, ...],
    doc: str,
    doc_zh: str,
    needs: str = "horizon",
) -> Kpi:
    """Return a figure of all the hall's visits over the days of a horizon."""
    return Kpi(
        name,
        en,
        zh,
        unit,
        "horizon",
        above,
        below,
        doc,
        doc_zh,
        scopes=("hall",),
        by_hour=False,
        needs=needs,
    )


KPIS = (
    of_hall(
        "first_visits",
        "First visits",
        "首次到访（人次）",
        "per day",
        ("first_visits",),
        ("days",),
        "Visits of those whom nothing brings back from an earlier day.",
        "非因前日未办成而再来的到访。",
    ),
    of_hall(
        "return_visits",
        "Return visits",
        "复访（人次）",
        "per day",
        ("return_visits",),
        ("days",),
        "Visits of those who come again because of a visit on an earlier day.",
        "因前日到访结果而再次到访的人次。",
    ),
    Kpi(
        "comes_again",
        "Will come again",
        "需复访人次",
        "per day",
        "horizon",
        ("come_again",),
        ("days",),
        "Visits after which somebody comes again on a later day, also on one after the last of the horizon; a cause is "
        "how the visit ended.",
        "之后还须另日再来的到访，含周期结束之后再来者；原因为到访的结果。",
        by_hour=False,
        needs="horizon",
    ),
    of_hall(
        "resolved_first",
        "Needs met at the first visit",
        "首访办结率",
        "share",
        ("settled_first",),
        ("first_visits",),
        "Of all first visits, those after which nobody has to come again, since the need is met here or in the channel "
        "that the customer was sent to.",
        "首次到访中，当次在本厅或被引导的渠道办结、无须再来者所占比例。",
    ),
    of_hall(
        "days_to_resolve",
        "Days until the need is met",
        "办结历时（天）",
        "days",
        ("settle_days",),
        ("settled",),
        "Mean number of days from the first visit to the one that met the need, 0 if that was the first; of needs met "
        "on the days counted.",
        "自首次到访至办结的平均天数，当次办结为 0；按统计期内办结者计。",
    ),
    of_hall(
        "needs_lost",
        "Needs lost for good",
        "流失需求",
        "per day",
        ("lost",),
        ("days",),
        "Visits that did not meet the need, and after which the customer does not come again.",
        "未办成且不再来的到访。",
    ),
    of_hall(
        "diverted_for_good",
        "Diverted for good",
        "分流净成效",
        "share",
        ("sent", "-sent_back"),
        ("first_visits", "return_visits"),
        "Of all visits, those that ended in another channel and after which nobody comes again on a later day.",
        "全部到访中，以分流至其他渠道结束、且日后不再因此来厅者所占比例。",
    ),
)
