"""The report's own words in both languages, and how numbers are written in it.

Names of figures, halls and classes come from their declarations; here is what stands around them. Numbers
in tables are written without words, so that one cell serves both languages.
"""

from __future__ import annotations

import math

from hallsim.experiment.verdicts import MET, MISSED, NOISE, NOTHING
from hallsim.model import Label

LANGUAGES = ("zh", "en")

TEXTS: dict[str, Label] = {
    "colon": Label(": ", "："),
    "title": Label("Simulation of a service hall", "营业厅仿真报告"),
    "title_log": Label("A queue log in figures", "排队日志报告"),
    "title_sweep": Label("A sweep of a service hall", "营业厅方案扫描报告"),
    "title_calibration": Label("A hall fitted to its log", "由日志标定的营业厅"),
    "title_backtest": Label("A back-test on days not seen", "未见日期的回测"),
    "fitted_how": Label("What was fitted, and how", "拟合内容与方法"),
    "sweep_open": Label(
        "The sweep was stopped: {n} of {wanted} points are here.", "扫描未完成：{wanted} 个点中已有 {n} 个。"
    ),
    "sweep_effects": Label("What each factor does to each figure", "各因素对各指标的影响"),
    "sweep_effects_note": Label(
        "Change of the figure between the best and the worst value of a factor, all others averaged, with half its "
        "95 % interval and where it is highest; a dash: not told from noise.",
        "因素取最好与最差值之间指标的变化（其余因素取平均），附 95% 置信区间的一半及最高处；横线：未超出误差。",
    ),
    "sweep_front": Label(
        "Points that no other beats in paid time, mean wait and abandonment",
        "按在岗时长、平均等候与弃号率，不被任何其他点全面超过的点",
    ),
    "sweep_left_out": Label("{n} more are in the folder's table.", "另有 {n} 个，见结果文件夹中的表。"),
    "sweep_design": Label("design", "试验设计"),
    "sweep_points": Label("points", "方案点数"),
    "language": Label("Language", "语言"),
    "contents": Label("Contents", "目录"),
    "skip": Label("Skip to the answer", "跳到结论"),
    "question": Label("Question", "问题"),
    "answer": Label("Answer", "结论"),
    "brackets": Label(
        "In brackets: {level} % intervals, with {units} as the unit.", "括号内为 {level}% 置信区间，按{per}统计。"
    ),
    "targets": Label("Targets", "目标"),
    "no_targets": Label("The scenario states no targets.", "方案未设定目标。"),
    "who": Label("who", "对象"),
    "measure": Label("measure", "指标"),
    "target": Label("target", "目标值"),
    "value": Label("value", "数值"),
    "interval": Label("{level} % interval", "{level}% 置信区间"),
    "verdict": Label("verdict", "判定"),
    "at_least": Label("at least {bound}", "不低于 {bound}"),
    "at_most": Label("at most {bound}", "不高于 {bound}"),
    "charts": Label("Charts", "图表"),
    "numbers_of_chart": Label("The numbers of this chart", "本图数据"),
    "what": Label("what", "对象"),
    "not_drawn": Label("Not drawn", "未绘制的图"),
    "no_script": Label(
        "The charts need a browser with JavaScript (Chrome or Edge 80, Firefox 113, Safari 16.4, or newer). "
        "All their numbers stand in the tables.",
        "图表需要支持 JavaScript 的浏览器（Chrome 或 Edge 80、Firefox 113、Safari 16.4 及以上）。全部数据见各表格。",
    ),
    "tables": Label("All figures", "全部指标"),
    "tables_note": Label(
        "Beside or below each value stands its {level} % interval, with {units} as the unit; a dash: there is none. "
        "Waits and times in minutes.",
        "各数值旁或下方为其 {level}% 置信区间，按{per}统计；短横表示无。等候与时长以分钟计。",
    ),
    "kpi": Label("figure", "指标"),
    "hall": Label("The hall", "全厅"),
    "halls": Label("All halls together", "全部营业厅合计"),
    "branch": Label("By hall of the network", "按营业厅"),
    "way": Label("By way to a hall", "按前往路径"),
    "class": Label("By ticket class", "按号种"),
    "segment": Label("By customer segment", "按客户群"),
    "transaction": Label("By transaction", "按业务"),
    "station": Label("By station", "按服务点"),
    "zone": Label("By zone", "按区域"),
    "line": Label("By line", "按队列"),
    "server": Label("By server", "按台席"),
    "pool": Label("By pool", "按台席组"),
    "source": Label("By source", "按来源"),
    "exit": Label("By way out", "按去向"),
    "cause": Label("Who comes again, by how the visit ended", "复访原因"),
    "one_hall": Label("hall", "全厅"),
    "one_branch": Label("hall of the network", "营业厅"),
    "one_class": Label("ticket class", "号种"),
    "one_segment": Label("customer segment", "客户群"),
    "one_transaction": Label("transaction", "业务"),
    "one_station": Label("station", "服务点"),
    "one_line": Label("line", "队列"),
    "hours": Label("By hour", "按时段"),
    "by_days": Label("The hall, by kind of day", "全厅，按日类型"),
    "half_hours": Label("{who}, by half-hour", "{who}，按半小时"),
    "hours_note": Label(
        "Waits, service levels and visits by hour of arrival at the door; queues, people and staff by hour of the "
        "clock.",
        "等候、达标率与客流按到厅时段统计；排队人数、在厅人数与台席按钟点统计。",
    ),
    "left_out": Label(
        "This hall has too many parts to print all of their figures: {n} numbers are left out here. "
        "`hallsim run --json` gives every one.",
        "该厅组成过多，未列出全部指标：此处省略 {n} 个数值。`hallsim run --json` 给出全部数值。",
    ),
    "log": Label("Log beside simulation", "日志与仿真对照"),
    "log_note": Label(
        "The same figures from the same code: those of the log, and those of the simulated hall.",
        "同一套代码计算的同一组指标：日志实况与仿真结果。",
    ),
    "staff": Label("Staff by half-hour, and shifts", "分半小时人员与班次"),
    "staff_note": Label(
        "What `hallsim staff` found for this hall; the rest of the page is about the hall with today's staff.",
        "`hallsim staff` 为本厅求得的人员安排；本页其余部分为目前排班下的结果。",
    ),
    "comparison": Label("Comparison", "方案比较"),
    "comparison_note": Label(
        "Each hall has had the same customers as {base}, the base; this page is about the base.",
        "各方案的客户与基准“{base}”相同；本页其余部分为基准方案的结果。",
    ),
    "in_log": Label("log", "日志"),
    "in_simulation": Label("simulation", "仿真"),
    "difference": Label("difference", "差异"),
    "cleaning": Label("How the log was cleaned", "日志清洗"),
    "impossible": Label(
        "Left out: {n} rows of the log whose times are in no possible order.", "未计入：日志中时间先后不可能的 {n} 行。"
    ),
    "cleaned": Label(
        "{read} rows read, {kept} kept, {dropped} dropped.", "读取 {read} 行，保留 {kept} 行，剔除 {dropped} 行。"
    ),
    "rule": Label("rule", "规则"),
    "effect": Label("what became of the row", "处理"),
    "rows": Label("rows", "行数"),
    "definitions": Label("Definitions", "指标定义"),
    "provenance": Label("Where these numbers come from", "数据来源"),
    "reproduce": Label("To make this report again", "重新生成本报告"),
    "scenario_text": Label("The scenario as written", "方案原文"),
    "cut": Label("cut after {n} characters", "仅列出前 {n} 个字符"),
    "description": Label("Description", "说明"),
    "figures_from": Label("Sources of the figures", "数据出处"),
    "changes": Label("Changed on the command line", "命令行修改"),
    "version": Label("hallsim", "hallsim 版本"),
    "semantics": Label("rules of the simulation, version", "仿真规则版本"),
    "scenario": Label("scenario", "方案"),
    "scenario_hash": Label("hash of the scenario", "方案哈希"),
    "seed": Label("seed", "随机种子"),
    "replications_day": Label("days", "天数"),
    "replications_run": Label("runs", "运行次数"),
    "replications_horizon": Label("horizons", "周期数"),
    "engine": Label("engine", "引擎"),
    "engine_batch": Label("batch (compiled)", "批量（编译）"),
    "engine_reference": Label("reference (SimPy)", "参考（SimPy）"),
    "engine_log": Label("none: a log of real days", "无：真实日志"),
    "code": Label("decisions by Python code", "由 Python 代码决定"),
    "made": Label("date", "日期"),
    "stopped": Label(
        "Stopped early: {n} of {wanted} {units} were simulated. Every number below is of those {units}.",
        "提前停止：共 {wanted} {units}，已仿真 {n} {units}。以下数值均只涉及已完成的部分。",
    ),
    "one_replication": Label(
        "A single {unit} has no interval, and no target can be judged by it.",
        "仅有一{unit}的数据，没有置信区间，无法判定目标。",
    ),
    "nobody_came": Label("Nobody came.", "没有客户到访。"),
    "one_customer": Label("Only one customer came.", "只有一位客户到访。"),
    "nobody_joined": Label("Nobody joined a line at the counters.", "没有客户进入台席队列。"),
    "nobody_gave_up": Label("Nobody gave up waiting.", "没有客户弃号。"),
    "nobody_waited": Label("Nobody had to wait.", "没有客户需要等候。"),
    "recovered": Label(
        "After an outage it takes {time} until nobody in the lines that it held up waits longer than {t} min.",
        "中断结束后，需 {time}才不再有人等候超过 {t} 分钟。",
    ),
    "no_kiosk": Label("The hall has no kiosks.", "该厅没有自助终端。"),
}

UNITS_OF = {"days": Label("days", "天"), "runs": Label("runs", "次"), "horizons": Label("horizons", "个周期")}
"""What a replication is called."""

UNIT_WORDS = {
    "min": Label("min", "分钟"),
    "share": Label("", ""),
    "people": Label("people", "人"),
    "servers": Label("servers", "个台席"),
    "per day": Label("per day", "每日"),
    "per month": Label("", ""),  # figures by the month say so in their names
    "days": Label("days", "天"),
    "per run": Label("per run", "每次"),
    "min per day": Label("min per day", "分钟/日"),
    "min per run": Label("min per run", "分钟/次"),
    "per hour": Label("per hour", "每小时"),
    "money": Label("money", "元"),
    "money per day": Label("money per day", "元/日"),
    "per m² a day": Label("per m² a day", "人次/m²·日"),
    "money per m² a day": Label("money per m² a day", "元/m²·日"),
}

VERDICTS = {
    MET: ("✓", Label("met", "达标")),
    MISSED: ("✗", Label("missed", "未达标")),
    NOISE: ("≈", Label("inside the noise: cannot be told", "误差范围内，无法判定")),
    NOTHING: ("–", Label("nobody came", "无客户")),
}
"""Status of a target -> sign and words. The sign and the word carry the meaning, colour only repeats it."""

DASH = "–"


def text(key: str, **values: object) -> Label:
    """Return one of the report's texts with its gaps filled in; a Label fills each language with its own.

    >>> text("at_most", bound="3 %")
    Label(en='at most 3 %', zh='不高于 3 %')
    """
    label = TEXTS[key]
    if not values:
        return label
    en = {name: v.en if isinstance(v, Label) else v for name, v in values.items()}
    zh = {name: v.zh if isinstance(v, Label) else v for name, v in values.items()}
    return Label(label.en.format(**en), label.zh.format(**zh))


def number(value: float, unit: str) -> str:
    """Return a value without words: shares as per cent, all else in its unit; a dash where there is none.

    The digits are those of `hallsim run`.

    >>> number(0.98612, "share"), number(4.7159, "min"), number(213.04, "per day"), number(float("nan"), "min")
    ('98.6 %', '4.72', '213.0', '–')
    """
    if math.isnan(value):
        return DASH
    if unit == "share":
        return f"{100 * value:.2f} %" if abs(value) < 0.0995 else f"{100 * value:.1f} %"
    return f"{value:.1f}" if abs(value) >= 99.95 else f"{value:.2f}"


def span(low: float, high: float, unit: str) -> str:
    """Return an interval without words; empty where there is none.

    >>> span(0.912, 0.954, "share"), span(4.38, 5.051, "min"), span(float("nan"), 1.0, "min")
    ('91.2–95.4 %', '4.38–5.05', '')
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    first, last = number(low, unit), number(high, unit)
    if unit == "share":
        first = first.removesuffix(" %")
    return f"{first}–{last}"


def with_unit(value: float, unit: str) -> Label:
    """Return a value with its unit in words.

    >>> with_unit(4.7159, "min"), with_unit(0.5, "share")
    (Label(en='4.72 min', zh='4.72 分钟'), Label(en='50.0 %', zh='50.0 %'))
    """
    plain, word = number(value, unit), UNIT_WORDS[unit]
    if plain == DASH or not word.en:
        return Label(plain, plain)
    return Label(f"{plain} {word.en}", f"{plain} {word.zh}")
