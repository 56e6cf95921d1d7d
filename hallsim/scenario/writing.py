"""A scenario as plain data -> the YAML text of a file, with comments on lines of their own.

In: mappings, lists, texts and numbers as `load` takes them, and comments by path. Out: text that `load` reads back as
the same data. A mapping that fits into a line stands on one, unless something inside has a comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 110

_PLAIN = re.compile(r"[A-Za-z_\u00a1-\uffff][\w-]*(?: [\w%./±-]+)*")
_ODD = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not take as it is, or breaks a line at."""
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))

Comments = Mapping[tuple[str, ...], Sequence[str]]


def text_of(data: Mapping[str, Any], comments: Comments) -> str:
    """Return a scenario as text.

    >>> print(text_of({"format": 1, "arrivals": {"rate": "40/h"}}, {("arrivals",): ["20 days"]}), end="")
    format: 1
    # 20 days
    arrivals: {rate: "40/h"}
    """
    return "\n".join(_block(data, (), comments)) + "\n"


def _block(data: Mapping[str, Any], path: tuple[str, ...], comments: Comments) -> list[str]:
    indent = "  " * len(path)
    lines = []
    for key, value in data.items():
        here = (*path, str(key))
        lines += [f"{indent}# {_ODD.sub('?', line)}" for line in comments.get(here, ())]
        flow = f"{indent}{scalar(key)}: {_flow(value)}"
        if isinstance(value, Mapping) and value and (len(flow) > WIDTH or _commented(here, comments)):
            lines += [f"{indent}{scalar(key)}:", *_block(value, here, comments)]
        elif isinstance(value, list) and len(flow) > WIDTH:
            lines.append(f"{indent}{scalar(key)}:")
            lines += _items(value, f"{indent}  ")
        else:
            lines.append(flow)
    return lines


def _items(values: list[Any], indent: str) -> list[str]:
    """Return a long list: numbers and texts fill lines, mappings stand on one each."""
    if any(isinstance(v, (Mapping, list)) for v in values):
        return [f"{indent}- {_flow(v)}" for v in values]
    lines, line = [], indent + "["
    for i, value in enumerate(values):
        word = _flow(value) + ("]" if i == len(values) - 1 else ", ")
        if len(line) + len(word) > WIDTH:
            lines.append(line.rstrip())
            line = indent + " "
        line += word
    return [*lines, line]


def _commented(path: tuple[str, ...], comments: Comments) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in comments)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """Return a number or a text as YAML: plain where that is surely read as the same text, else in quotes.

    >>> scalar("exponential 5 min"), scalar("09:00"), scalar(3)
    ('exponential 5 min', '"09:00"', '3')
    """
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and not _ODD.search(value) and value.lower() not in _WORDS:
        return value
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
