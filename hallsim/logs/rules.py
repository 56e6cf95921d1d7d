"""The rules of cleaning: what may be wrong with a row, by name, and what becomes of the row.

A row is dropped by the first rule, in this order, that it breaks, so that the counts of dropped rows add up.
Rows that are kept may be counted by several rules. "Repaired" means that a value of the log was replaced by
another, "kept" that the row is as it was read and only reported.
"""

from __future__ import annotations

from dataclasses import dataclass

DROPPED, REPAIRED, KEPT = "dropped", "repaired", "kept"
EFFECTS = (DROPPED, REPAIRED, KEPT)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, what becomes of a row that breaks it, and what it says in both languages."""

    name: str
    effect: str
    en: str
    zh: str


RULES = (
    Rule(
        "field_count",
        DROPPED,
        "more or fewer fields than the header has, or the mapping says",
        "字段数与表头或映射不符",
    ),
    Rule("bad_quotes", DROPPED, "a quote that ends inside a field", "字段中间出现引号"),
    Rule("repeated_header", DROPPED, "the header once more, in the middle of the file", "文件中间重复的表头"),
    Rule("unknown_value", DROPPED, "a value that the mapping does not know", "映射文件中没有的取值"),
    Rule("not_wanted", DROPPED, "a value that the mapping does not want", "映射文件中声明不要的行"),
    Rule("no_counter", DROPPED, "no counter, which the mapping asks for", "缺少映射文件要求的台席"),
    Rule("missing_value", DROPPED, "another field missing that the mapping asks for", "缺少映射文件要求的其他字段"),
    Rule("bad_date", DROPPED, "a date that cannot be read", "无法识别的日期"),
    Rule("bad_time", DROPPED, "a time that cannot be read, or lies days from its date", "无法识别或远离日期的时间"),
    Rule("bad_number", DROPPED, "a number or duration that cannot be read", "无法识别的数字或时长"),
    Rule("missing_date", DROPPED, "no date, neither in a column nor in the times", "没有日期"),
    Rule("missing_time", DROPPED, "a time missing without which the step cannot be placed", "缺少必需的时间"),
    Rule("start_before_ticket", DROPPED, "called before the ticket was taken", "叫号早于取号"),
    Rule("end_before_start", DROPPED, "over before it began", "结束早于开始"),
    Rule("duplicate", DROPPED, "the same in every field as a row before", "与前面某行完全相同"),
    Rule("duration_disagrees", REPAIRED, "times replaced by the duration beside them", "时间与时长不符，以时长为准"),
    Rule("time_filled", REPAIRED, "a missing start or end taken from call or duration", "缺少的时间由叫号或时长补出"),
    Rule("service_ignored", REPAIRED, "a service of somebody never served, not used", "未办理客户的办理时间被忽略"),
    Rule("long_number", REPAIRED, "a long number, perhaps private, left out of a text", "文本中疑似隐私的长号码被略去"),
    Rule("duration_differs", KEPT, "a duration that does not fit the times, which are kept", "时长与时间不符"),
    Rule("start_before_call", KEPT, "service began before the call", "开始办理早于叫号"),
    Rule("ticket_before_arrival", KEPT, "ticket taken before the arrival", "取号早于到厅"),
    Rule("forgotten_end", KEPT, "a service so long that its end was forgotten", "办理过长，可能忘按结束键"),
    Rule("crosses_midnight", KEPT, "times after midnight, counted on", "跨零点的时间"),
    Rule("renamed", KEPT, "a spelling that the mapping takes for another", "按映射文件更名的取值"),
)
"""In the order in which they are applied and shown."""

RULE = {rule.name: rule for rule in RULES}
