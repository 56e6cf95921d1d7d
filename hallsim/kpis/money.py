"""Costs and benefits, and how much counters and staff do: of halls that state `costs`.

Cost is what is paid out; what waiting, lost customers and churn are thought to cost stands apart. Each of the first is
a whole number of millionths of the scenario's money a day, so that kinds of cost sum to the cost without rest.
"""

from __future__ import annotations

from hallsim.kpis.base import TAKEN, Kpi


def _a_day(name: str, en: str, zh: str, doc: str, doc_zh: str) -> Kpi:
    return Kpi(name, en, zh, "money per day", "money", (name,), ("days",), doc, doc_zh, by_hour=False, needs="costs")


def _ratio(
    name: str, en: str, zh: str, unit: str, sides: tuple[tuple[str, ...], tuple[str, ...]], doc: str, doc_zh: str
) -> Kpi:
    return Kpi(name, en, zh, unit, "money", *sides, doc, doc_zh, by_hour=False, needs="costs")


KPIS = (
    _a_day(
        "cost",
        "Cost of the hall",
        "运营成本",
        "Wages, rent and equipment, and what other channels cost for the business sent there (avoidable cost).",
        "人工、场地租金、设备，以及分流到其他渠道的业务在该渠道的可避免成本。",
    ),
    _a_day(
        "cost_wages",
        "Wages",
        "人工成本",
        "Paid time at its wage, overtime at its rate.",
        "在岗时间按小时工资计，加班按加班倍数计。",
    ),
    _a_day("cost_rent", "Rent", "场地租金", "As stated, per day.", "按所述每日金额计。"),
    _a_day("cost_equipment", "Equipment", "设备成本", "As stated, per day and machine.", "按所述每日每台金额计。"),
    _a_day(
        "cost_channels",
        "Cost in other channels",
        "其他渠道成本",
        "Transactions that left for other channels, or were done there, at their avoidable cost there.",
        "转到其他渠道或在其他渠道办结的业务笔数乘以该渠道每笔可避免成本。",
    ),
    _a_day(
        "cost_waiting",
        "Cost of waiting",
        "客户等候成本",
        "Hours that customers wait in any line, at the stated value; not part of the cost of the hall.",
        "客户在各队列等候的小时数乘以所述单价，不计入运营成本。",
    ),
    _a_day(
        "cost_lost",
        "Cost of lost customers",
        "客户流失成本",
        "Visits that ended as given up, balked or closed out, at the stated value; not part of the cost of the hall.",
        "弃号、未入队或闭厅未办的到访乘以所述单价，不计入运营成本。",
    ),
    _a_day(
        "cost_churn",
        "Cost of churn",
        "离网损失",
        "Stated parts of the lost, and of those who waited too long, at the stated value of a customer; an assumption.",
        "流失客户和等候过久客户中按所述比例离网者，乘以所述客户价值；属假设。",
    ),
    _a_day(
        "sales_value",
        "Value of sales",
        "营销价值",
        "Transactions done in the hall and sales at experience terminals, at their stated values.",
        "厅内办结业务和体验终端成交按所述价值计。",
    ),
    _a_day(
        "paper_cost",
        "Cost of the business on paper",
        "业务成本（账面）",
        "Transactions done in the hall and in other channels, at their unit cost by the formula. An average: it says "
        "nothing about what would be saved.",
        "厅内及其他渠道办结的业务乘以按公式计算的单笔成本；为平均数，不代表可节省的金额。",
    ),
    _a_day(
        "avoidable_cost",
        "Cost of the business that can be avoided",
        "业务成本（可避免）",
        "The same transactions at their avoidable cost: its change is what a diversion really saves.",
        "同样的业务乘以每笔可避免成本；其变化才是分流真正节省的金额。",
    ),
    _ratio(
        "unit_cost",
        "Cost per transaction",
        "单笔业务成本",
        "money",
        (("cost",), ("hall_done",)),
        "Cost of the hall over transactions done in it, as simulated.",
        "运营成本除以厅内办结的业务笔数（按仿真结果）。",
    ),
    _ratio(
        "hall_output",
        "Hall output, counters alone",
        "厅效（仅台席）",
        "per day",
        (("at_counters",), ("days",)),
        "Services finished at the counters by their servers.",
        "台席办结的人次，不含自助终端、预受理办结和分流。",
    ),
    _ratio(
        "hall_output_all",
        "Hall output, all",
        "厅效（含自助、预受理和分流）",
        "per day",
        (("at_counters", "at_others"), ("days",)),
        "The same, with services of kiosks, customers done by pre-acceptance, and visits diverted to other channels.",
        "台席办结人次，加上自助终端办结、预受理办结和分流到其他渠道的人次。",
    ),
    _ratio(
        "counter_output",
        "Output of a counter hour",
        "台席效能",
        "per hour",
        (("at_counters",), ("counter_time",)),
        "Services finished at the counters over paid hours there.",
        "台席办结人次除以台席在岗小时数。",
    ),
    _ratio(
        "staff_output",
        "Output of a staff hour, counters alone",
        "人效（仅台席）",
        "per hour",
        (("at_counters",), ("staff_time",)),
        "Services finished at the counters over paid hours of everybody, machines left out.",
        "台席办结人次除以全体人员在岗小时数（不含机器）。",
    ),
    _ratio(
        "staff_output_all",
        "Output of a staff hour, all",
        "人效（含自助、预受理和分流）",
        "per hour",
        (("at_counters", "at_others"), ("staff_time",)),
        "The same, with services of kiosks, customers done by pre-acceptance, and visits diverted to other channels.",
        "同上，加上自助终端办结、预受理办结和分流到其他渠道的人次。",
    ),
    Kpi(
        "area_output",
        "Output per square metre",
        "坪效（办结人次）",
        "per m² a day",
        "money",
        ("at_counters", "at_others"),
        ("area",),
        "Services at counters and kiosks, customers done by pre-acceptance and visits diverted, over the floor area.",
        "台席与自助终端办结、预受理办结及分流人次除以营业面积。",
        by_hour=False,
        needs="area",
    ),
    Kpi(
        "area_sales",
        "Sales per square metre",
        "坪效（营销价值）",
        "money per m² a day",
        "money",
        ("sales_value",),
        ("area",),
        "Value of sales over the floor area.",
        "营销价值除以营业面积。",
        by_hour=False,
        needs="area",
    ),
    Kpi(
        "first_contact",
        "Done at the first contact",
        "首次接触办结率",
        "share",
        "stay",
        ("served",),
        TAKEN,
        "Of all whom a server took, those whose service was finished there: neither failed nor sent on to a line.",
        "全部被办理者中，当次即办结（未失败、未转办）者所占比例。",
        scopes=("hall", "branch", "station"),
        by_hour=False,
        needs="costs",
    ),
)
