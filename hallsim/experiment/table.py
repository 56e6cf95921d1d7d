"""The results as plain text of at most 80 columns, in English or Chinese (whose characters take two).

The hall, its lines and stations, what only some halls have, the day hour by hour, loads beside theory; then targets.
Every number of the first parts stands with its 95 % interval; a dash means that there is none.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment import beside, precision, special
from hallsim.experiment.branch_rows import MOST_BRANCHES, branch_rows
from hallsim.experiment.guard import words
from hallsim.experiment.inputs import words as input_words
from hallsim.experiment.verdicts import show
from hallsim.kpis import KPIS

if TYPE_CHECKING:
    from hallsim.experiment.results import Estimate, Results
    from hallsim.model import Model
    from hallsim.replay import Comparison

_WORDS = {
    "en": {
        "title": "{hall} · {n} {days} · seed {seed} · {engine} engine",
        "title_of_log": "{hall} · {n} {days} of the log",
        "one_day": "day",
        "one_run": "run",
        "one_horizon": "horizon",
        "days": "days",
        "runs": "runs",
        "horizons": "horizons",
        "batch": "batch",
        "reference": "reference",
        "code": "Decisions by Python code: {code}.",
        "stopped": "Stopped early: {n} of {wanted} replications.",
        "interval": "95 % interval",
        "hall": "The hall",
        "halls": "All halls together",
        "branches": "By hall",
        "set_out": "came/{day}",
        "sent_on": "sent on",
        "travel": "travel",
        "ways": "Set out/{day} from",
        "classes": "By ticket class",
        "stations": "Stations",
        "zones": "Zones",
        "places": "places",
        "zone_people": "people",
        "zone_mostly": "95 % ≤",
        "zone_most": "most",
        "zone_full": "full",
        "stood_outside": "outside",
        "time_outside": "minutes",
        "zones_note": "Places taken on average, at most for 95 % of the time, and at most; time full; who waits "
        "outside a {day}, and how long.",
        "outcomes": "How visits ended",
        "special": "Machines, pools, channels",
        "half_hours": "Counters open, by half-hour",
        "days_of": "By kind of day",
        "hours": "By hour of arrival",
        "targets": "Targets",
        "class": "class",
        "station": "station",
        "hour": "hour",
        "joined": "joined/{day}",
        "mean_wait": "mean wait",
        "wait_p90": "90 %",
        "service_level": "in 10 min",
        "abandonment": "gave up",
        "utilisation": "utilisation",
        "queue_length": "queue",
        "overtime": "overtime",
        "visits": "visits",
        "people_inside": "inside",
        "note": "Waits, and overtime a {day}, in minutes; ± half a 95 % interval; a dash: none.",
        "day": "day",
        "run": "run",
    },
    "zh": {
        "title": "{hall} · {n} {days} · 种子 {seed} · {engine}引擎",
        "title_of_log": "{hall} · 实际记录 {n} {days}",
        "one_day": "天",
        "one_run": "次",
        "one_horizon": "个周期",
        "days": "天",
        "runs": "次",
        "horizons": "个周期",
        "batch": "批量",
        "reference": "参考",
        "code": "由 Python 代码决定：{code}。",
        "stopped": "提前停止：完成 {n}/{wanted} 次。",
        "interval": "95% 置信区间",
        "hall": "全厅",
        "halls": "全部营业厅合计",
        "branches": "各营业厅",
        "set_out": "{day}前往",
        "sent_on": "引往邻厅",
        "travel": "路程",
        "ways": "{day}出发地",
        "classes": "按号种的等候",
        "stations": "各服务点",
        "outcomes": "到访结果",
        "special": "设备、台席组与渠道",
        "zones": "区域",
        "places": "容量",
        "zone_people": "人数",
        "zone_mostly": "95% ≤",
        "zone_most": "最多",
        "zone_full": "满员",
        "stood_outside": "区外",
        "time_outside": "分钟",
        "zones_note": "被占用位数的平均、95% 时间内不超过的数与最大值；满员时间占比；{day}区外等候人数与平均等候分钟。",
        "half_hours": "开台数（每半小时）",
        "days_of": "按日类型",
        "hours": "按到厅时段",
        "targets": "目标",
        "class": "号种",
        "station": "服务点",
        "hour": "时段",
        "joined": "{day}入队",
        "mean_wait": "平均等候",
        "wait_p90": "90% 分位",
        "service_level": "10分钟达标",
        "abandonment": "弃号率",
        "utilisation": "利用率",
        "queue_length": "排队人数",
        "overtime": "加班",
        "visits": "客流量",
        "people_inside": "在厅人数",
        "note": "等候与{day}加班以分钟计；± 为 95% 置信区间半宽；短横表示无。",
        "day": "每日",
        "run": "每次",
    },
}
_HALL = (
    ("visits", None),
    ("transactions", None),
    ("mean_wait", None),
    ("wait_p50", None),
    ("wait_p90", None),
    ("wait_p95", None),
    ("service_level", 10.0),
    ("abandonment", None),
    ("time_in_hall", None),
    ("people_inside", None),
    ("late_closing", None),
)


def check_table(lang: str, width: int) -> None:
    """Refuse languages that tables are not written in, and widths that they do not fit into.

    Raises
    ------
    UsageError
    """
    if lang not in _WORDS:
        raise UsageError(not_one_of(lang, "a language of tables", _WORDS))
    if width < 80:
        raise UsageError(f"a table needs 80 columns, not {width}")


def render(results: Results, lang: str = "en", width: int = 80) -> str:
    """Return the table.

    Raises
    ------
    UsageError
        For a language other than "en" and "zh", or fewer than 80 columns.
    """
    check_table(lang, width)
    w = _words_of(results, lang)
    label = results.model.label
    title = w["title_of_log" if results.engine == "log" else "title"].format(
        hall=getattr(label, lang),
        n=results.replications,
        days=_counted(results, w),
        seed=results.seed,
        engine=w.get(results.engine, ""),
    )
    lines = wrap(title, width)
    if results.code:
        lines += wrap(w["code"].format(code=", ".join(results.code)), width)
    if not results.complete:
        lines.append(w["stopped"].format(n=results.replications, wanted=results.wanted))
    if results.comparison is not None:
        lines += ["", *_beside(results.comparison, results.model, lang, width)]
    lines += ["", *_hall(results, lang, width), *_branches(results, lang), "", *_classes(results, lang)]
    lines += ["", *_stations(results, lang)]
    lines += _zones(results, lang, width)
    lines += _special(results, lang, width)
    if results.day_kinds:
        lines += ["", *_days(results, lang)]
    if results.plan.layout.hours:
        lines += ["", *_hours(results, lang)]
    lines += _attribution(results, lang, width)
    lines += _guard(results, lang, width)
    lines += _inputs(results, lang, width)
    lines += ["", w["note"]]
    if results.steady is not None:
        lines += [line for said in results.steady.sentences() for line in wrap(getattr(said, lang), width)]
    lines += _precision(results, lang, width)
    verdicts = results.targets()
    if verdicts:
        lines += ["", w["targets"]]
        for verdict in verdicts:
            lines += wrap(verdict.sentence(lang), width)
    return "\n".join(line.rstrip() for line in lines)


def _precision(results: Results, lang: str, width: int) -> list[str]:
    """Return what became of the precision asked for, or how many replications a better one takes."""
    if results.engine == "log" or results.model.logged:  # such days cannot be had in any number
        return []
    units = _WORDS[lang][f"{results.model.unit}s"]
    found = [] if results.precision is None else results.precision.sentences(lang, units)
    advised = precision.advice(results, lang, units)
    return [line for sentence in [*found, *([advised] if advised else [])] for line in wrap(sentence, width)]


def _attribution(results: Results, lang: str, width: int) -> list[str]:
    """Return what the waits are booked to, where that was asked for."""
    found = results.attribution
    if found is None:
        return []
    from hallsim.experiment.attribution import words as why  # booked only on demand

    rows = [[getattr(cell, lang) for cell in row] for row in why.rows_of(found, results.model)]
    lines = ["", *grid(rows, [32, *[16] * (len(rows[0]) - 1)])]
    return lines + [x for said in (why.sentence(found), why.note(found)) for x in wrap(getattr(said, lang), width)]


def _guard(results: Results, lang: str, width: int) -> list[str]:
    """Return what theory says beside the figures; nothing beside those of a log."""
    if results.engine == "log":
        return []
    found = results.guard
    lines: list[str] = []
    if found.loads:
        rows = [
            [getattr(cell, lang) for cell in row] for row in ([words.TITLE, *words.HEADS[1:]], *words.rows_of(found))
        ]
        lines += ["", *grid(rows, [24, 9, 9, 9, 11, 9, 9])]
        lines += wrap(getattr(words.NOTE, lang), width)
    for sentence in (*words.exact_sentences(found), *found.warnings):
        lines += wrap(getattr(sentence, lang), width)
    return lines


def _inputs(results: Results, lang: str, width: int) -> list[str]:
    """Return what the uncertain entries do to the figures, if there are any."""
    if not results.model.uncertain or results.engine == "log":
        return []
    rows = [[getattr(cell, lang) for cell in row] for row in input_words.rows_of(results)]
    first = width - 46
    lines = ["", *grid(rows, [first, 11, 25, 10])] if rows else [""]
    for sentence in input_words.sentences(results):
        lines += wrap(getattr(sentence, lang), width)
    return lines


def _words_of(results: Results, lang: str) -> dict[str, str]:
    """Return the table's words, with days or runs as the scenario has them."""
    words = _WORDS[lang]
    day = words["run" if results.model.steady else "day"]
    return words | {
        key: words[key].replace("{day}", day) for key in ("joined", "set_out", "ways", "note", "zones_note")
    }


def _counted(results: Results, w: dict[str, str]) -> str:
    """Return the word for what the replications are, one or several."""
    kind = results.model.unit
    return w[f"one_{kind}" if results.replications == 1 else f"{kind}s"]


def _beside(found: Comparison, model: Model, lang: str, width: int) -> list[str]:
    head = beside.TITLE, beside.LOG, beside.SIMULATION
    rows = [[getattr(cell, lang) for cell in row] for row in (head, *beside.figures(found))]
    why = beside.why_points_differ(found)
    lines = grid(rows, [width - 42, 14, 14])
    for sentence in [*([why] if why else []), *beside.notes(found, model)]:
        lines += wrap(getattr(sentence, lang), width)
    return lines


def _hall(results: Results, lang: str, width: int) -> list[str]:
    w = _words_of(results, lang)
    rows = []
    for name, within in _HALL:
        e = results.estimate(name, within_min=within)
        if math.isnan(e.value) or (name == "abandonment" and e.value == 0.0):
            continue
        if name == "late_closing" and results.model.steady:
            continue
        text = KPIS[name].zh if lang == "zh" else KPIS[name].en
        if within is not None:
            text = f"{text}（{within:g} 分钟）" if lang == "zh" else text.replace("within T", f"within {within:g} min")
        rows.append([text, show(e.value, e.kpi.unit, lang), _interval(e, lang)])
    return grid(
        [[w["hall" if results.model.network is None else "halls"], "", w["interval"]], *rows], [width - 42, 14, 24]
    )


def _branches(results: Results, lang: str) -> list[str]:
    """Return the halls of a network side by side; nothing where there is one hall."""
    network = results.model.network
    if network is None:
        return []
    w = _words_of(results, lang)
    names = ("branches", "set_out", "travel", "mean_wait", "service_level", "abandonment", "sent_on")
    rows = [[w[name] for name in names]]
    for branch in network.branches:

        def of(kpi: str, within: float | None = None, hall: str = branch.name) -> Estimate:
            return results.estimate(kpi, "branch", hall, within_min=within)

        rows.append(
            [
                getattr(branch.label, lang),
                *(_number(of(name)) for name in names[1:3]),
                _plus_minus(of("mean_wait")),
                _percent(of("service_level", 10.0)),
                _percent(of("abandonment")),
                _number(of("sent_on")),
            ]
        )
    return ["", *grid(rows, [20, 10, 8, 14, 11, 8, 9]), *_ways(results, lang), *_by_branch(results, lang)]


def _by_branch(results: Results, lang: str) -> list[str]:
    """Return what the halls of a network cost, do and take off each other, side by side, where they fit."""
    rows = branch_rows(results, lang)
    if not rows:
        return []
    n = len(rows[0]) - 1
    width = min(12, 54 // n)
    first = 80 - n * width
    cells = [[row[0], *(fit(text, width - 1) for text in row[1:])] for row in rows]
    return ["", *grid(cells, [first, *[width] * n])]


def _ways(results: Results, lang: str) -> list[str]:
    """Return how many set out from where for which hall of a network, where the halls fit side by side."""
    network = results.model.network
    assert network is not None, "only networks have ways"
    if len(network.branches) > MOST_BRANCHES:
        return []
    labels = {area.name: getattr(area.label, lang) for area in network.areas}
    labels |= {branch.name: getattr(branch.label, lang) for branch in network.branches}
    rows = {origin: ["–"] * len(network.branches) for origin in labels}
    for way in network.ways:
        station = results.model.stations[way.station]
        rows[way.origin][way.branch] = _number(results.estimate("set_out", "way", station.name))
    head = [_words_of(results, lang)["ways"], *(fit(labels[b.name], 11) for b in network.branches)]
    known = [[labels[name], *row] for name, row in rows.items() if not {"–", "0.0"}.issuperset(row)]
    return ["", *grid([head, *known], [20, *[12] * len(network.branches)])]


def _classes(results: Results, lang: str) -> list[str]:
    w = _words_of(results, lang)
    rows = [[w["classes"], w["joined"], w["mean_wait"], w["wait_p90"], w["service_level"], w["abandonment"]]]
    for ticket in results.model.ticket_classes:
        joined = results.estimate("joined", "class", ticket.name)
        if not joined.value:
            continue
        rows.append(
            [
                ticket.label.zh if lang == "zh" else ticket.label.en,
                _number(joined),
                _plus_minus(results.estimate("mean_wait", "class", ticket.name)),
                _plus_minus(results.estimate("wait_p90", "class", ticket.name)),
                _percent(results.estimate("service_level", "class", ticket.name, within_min=10.0)),
                _percent(results.estimate("abandonment", "class", ticket.name)),
            ]
        )
    return grid(rows, [23, 11, 14, 13, 11, 8])


def _stations(results: Results, lang: str) -> list[str]:
    w = _words_of(results, lang)
    rows = [[w["stations"], w["joined"], w["mean_wait"], w["queue_length"], w["utilisation"], w["overtime"]]]
    network = results.model.network
    ways = {way.station for way in network.ways} if network else set()
    for station in (s for i, s in enumerate(results.model.stations) if i not in ways):
        label = station.label.zh if lang == "zh" else station.label.en
        joined = _number(results.estimate("joined", "station", station.name))
        if station.delay:  # nobody waits or serves there
            rows.append([label, joined, "–", "–", "–", "–"])
            continue
        rows.append(
            [
                label,
                joined,
                _plus_minus(results.estimate("mean_wait", "station", station.name)),
                _plus_minus(results.estimate("queue_length", "station", station.name)),
                _percent(results.estimate("utilisation", "station", station.name)),
                _number(results.estimate("overtime", "station", station.name)),
            ]
        )
    return grid(rows, [20, 11, 15, 13, 12, 9])


def _zones(results: Results, lang: str, width: int) -> list[str]:
    """Return how full the zones are, where there are any."""
    w = _words_of(results, lang)
    names = ("zone_people", "zone_mostly", "zone_most", "zone_full", "stood_outside", "time_outside")
    rows = [[w["zones"], w["places"], *(w[name] for name in names)]]
    for zone in results.model.zones:
        people, mostly, most, full, stood, time = (results.estimate(name, "zone", zone.name) for name in names)
        label = zone.label.zh if lang == "zh" else zone.label.en
        counts = (_number(e) for e in (people, mostly, most))
        rows.append([label, str(zone.places), *counts, _percent(full), _number(stood), _number(time)])
    if len(rows) == 1:
        return []
    return ["", *grid(rows, [20, 8, 9, 8, 8, 9, 9, 9]), *wrap(w["zones_note"], width)]


def _special(results: Results, lang: str, width: int) -> list[str]:
    """Return what only some halls have."""
    w = _words_of(results, lang)
    lines = []
    for head, found in (("outcomes", special.outcomes(results)), ("special", special.figures(results))):
        rows = [[*special.row_of(e, lang), _interval(e, lang)] for e in found]
        if rows:
            lines += ["", *grid([[w[head], "", w["interval"]], *rows], [width - 42, 14, 24])]
    rows = special.half_hour_rows(special.half_hours(results))
    if rows:
        n = len(rows[0]) // 2
        widths = [6, 16, *(8, 16) * (n - 1)]
        lines += ["", w["half_hours"], "-" * sum(widths), *grid(rows, widths, rule=False)]
    return lines


def _days(results: Results, lang: str) -> list[str]:
    """Return the hall's main figures of each day type, and with and without campaigns."""
    w = _words_of(results, lang)
    rows = [[w["days_of"], w["days"], w["visits"], w["mean_wait"], w["service_level"], w["abandonment"]]]
    for group, moments in zip(results.day_kinds, results.by_days, strict=False):
        rows.append(
            [
                group.label.zh if lang == "zh" else group.label.en,
                str(moments.n),
                _number(results.estimate("visits", days=group.name)),
                _plus_minus(results.estimate("mean_wait", days=group.name)),
                _plus_minus_percent(results.estimate("service_level", within_min=10.0, days=group.name)),
                _percent(results.estimate("abandonment", days=group.name)),
            ]
        )
    return grid(rows, [26, 6, 9, 14, 16, 9])


def _hours(results: Results, lang: str) -> list[str]:
    w = _words_of(results, lang)
    rows = [[w["hours"], w["visits"], w["mean_wait"], w["service_level"], w["abandonment"], w["people_inside"]]]
    zero = results.plan.layout.spec.zero // 60_000_000
    for h in range(len(results.plan.layout.hours)):
        minute = int(zero + 60 * h)
        mean_wait = results.estimate("mean_wait", hour=minute)
        rows.append(
            [
                f"{minute // 60:02d}:00",
                _number(results.estimate("visits", hour=minute)),
                _plus_minus(mean_wait),
                _percent(results.estimate("service_level", hour=minute, within_min=10.0)),
                _percent(results.estimate("abandonment", hour=minute)),
                _number(results.estimate("people_inside", hour=minute)),
            ]
        )
    return grid(rows, [20, 11, 15, 12, 11, 11])


# --- cells -------------------------------------------------------------------------------------------------


def _number(e: Estimate) -> str:
    return "–" if math.isnan(e.value) else f"{e.value:.1f}"


def _percent(e: Estimate) -> str:
    return "–" if math.isnan(e.value) else f"{100 * e.value:.1f}%"


def _plus_minus(e: Estimate) -> str:
    if math.isnan(e.value):
        return "–"
    half = e.half_width
    digits = 2 if e.value < 99.995 else 0  # a hopeless hall's waits still fit their column
    return f"{e.value:.{digits}f} ±" + ("–".rjust(5) if math.isnan(half) else f"{half:.{digits}f}".rjust(5))


def _plus_minus_percent(e: Estimate) -> str:
    half = e.half_width
    return _percent(e) if math.isnan(half) else f"{100 * e.value:.1f} ±{100 * half:5.1f}%"


def _interval(e: Estimate, lang: str) -> str:
    if math.isnan(e.low) or math.isnan(e.high):
        return "–"
    return f"{show(e.low, e.kpi.unit, lang)} – {show(e.high, e.kpi.unit, lang)}"


# --- layout ------------------------------------------------------------------------------------------------


def display_width(text: str) -> int:
    """Return how many terminal columns a text takes; Chinese characters take two.

    >>> display_width("等候 5")
    6
    """
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def grid(rows: list[list[str]], widths: list[int], rule: bool = True) -> list[str]:
    """Return rows with the first column to the left, the others to the right, and a `rule` below the head.

    A name too wide for the first column goes on in another line, which has the numbers, and is cut after three.
    """
    out = []
    for i, row in enumerate(rows):
        *before, name = [fit(line.rstrip(), widths[0]) for line in wrap(fit(row[0], 3 * widths[0] - 8), widths[0])]
        out += before
        cells = [name + " " * (widths[0] - display_width(name))]
        for text, width in zip(row[1:], widths[1:], strict=True):
            cells.append(" " * max(width - display_width(text), 1) + text)
        out.append("".join(cells))
        if i == 0 and rule:
            out.append("-" * sum(widths))
    return out


def table_within(rows: list[list[str]], width: int, first: int = 0) -> list[str]:
    """Return rows as a table as wide as its cells, cut to so many columns; the widest column gives way.

    With `first` the first column is as wide as that.
    """
    widths = [max(display_width(row[i]) for row in rows) + 2 for i in range(len(rows[0]))]
    widths[0] = first or widths[0]
    while sum(widths) > width:
        widths[widths.index(max(widths))] -= 1
    return grid([[fit(text, size - 1) for text, size in zip(row, widths, strict=True)] for row in rows], widths)


def fit(text: str, width: int) -> str:
    """Cut a text that is too wide, with an ellipsis."""
    if display_width(text) <= width:
        return text
    while display_width(text) > width - 1:
        text = text[:-1]
    return text + "…"


def wrap(text: str, width: int) -> list[str]:
    """Break a sentence into lines of at most `width` columns, indented after the first."""
    lines, line = [], ""
    for word in _words(text):
        if display_width(line) + display_width(word.rstrip()) > width and line.strip():
            lines.append(line)
            line = "  "
        line += word
    return [*lines, line]


def _words(text: str) -> list[str]:
    """Split where a line may break: after spaces (not before a unit), and between Chinese characters."""
    words, word = [], ""
    for i, c in enumerate(text):
        word += c
        if (c == " " and not text.startswith(("%", "min", "分钟"), i + 1)) or unicodedata.east_asian_width(c) in "WF":
            words.append(word)
            word = ""
    return [*words, word] if word else words
