"""Transactions of a whole catchment by the channel that does them (渠道业务量): the electronic share and the hall's.

Only of halls with a catchment (semantics 49). "hall" is everything together; each channel is an item, the hall among
them. A transaction counts where it was completed: in the hall by a visit that ended as served, in a channel by who was
served there before setting out, diverted to it, or intercepted for it.
"""

from __future__ import annotations

from hallsim.kpis.base import Kpi


def _share(name: str, en: str, zh: str, above: str, below: str, doc: str, doc_zh: str) -> Kpi:
    return Kpi(
        name,
        en,
        zh,
        "share",
        "channel",
        (above,),
        (below,),
        doc,
        doc_zh,
        scopes=("hall",),
        by_hour=False,
        needs="catchment",
    )


def _a_day(name: str, en: str, zh: str, scope: str, doc: str, doc_zh: str) -> Kpi:
    return Kpi(
        name,
        en,
        zh,
        "per day",
        "channel",
        ("done",),
        ("days",),
        doc,
        doc_zh,
        scopes=(scope,),
        by_hour=False,
        needs="catchment",
    )


KPIS = (
    _a_day(
        "catchment_transactions",
        "Transactions of the catchment",
        "商圈业务办理总量（笔）",
        "hall",
        "Transactions completed in the hall and in all channels together.",
        "本厅与各渠道办结的业务笔数合计。",
    ),
    _a_day(
        "channel_transactions",
        "Done by channel",
        "渠道业务办理量（笔）",
        "channel",
        "Transactions completed in a channel, the hall among them.",
        "某一渠道（含本厅）办结的业务笔数。",
    ),
    _share(
        "electronic_share",
        "Electronic share of transactions",
        "电子渠道业务办理量占比",
        "electronic",
        "done",
        "Of all transactions completed, in the hall or in any channel, those of electronic channels, hotline and "
        "self-service included.",
        "各渠道办结的业务中，电子渠道（含热线与自助服务）所占比例。",
    ),
    _share(
        "electronic_share_unpaid",
        "Electronic share without payments",
        "电子渠道业务办理量占比（不含缴费）",
        "electronic_unpaid",
        "done_unpaid",
        "The electronic share of transactions that are no payments.",
        "不含缴费的各渠道办结业务中，电子渠道所占比例。",
    ),
    _share(
        "hall_share",
        "Share of transactions done in the hall",
        "本厅业务办理量占比",
        "by_hall",
        "done",
        "Of all transactions completed, in the hall or in any channel, those of the hall.",
        "各渠道办结的业务中，本厅所占比例。",
    ),
    Kpi(
        "demand_unmet",
        "Transactions not done anywhere",
        "未办结需求占比",
        "share",
        "channel",
        ("asked", "-done"),
        ("asked",),
        "Of all transactions that somebody of the catchment wanted done, those that neither the hall nor a channel "
        "completed on that day.",
        "商圈当日全部业务需求中，本厅与各渠道均未办结者所占比例。",
        scopes=("hall",),
        by_hour=False,
        needs="catchment",
    ),
)
