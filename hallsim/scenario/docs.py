"""The declaration as a page to read and as JSON Schema.

In: the declaration and the laws. Out: the text of `hallsim/docs/scenario.md`, and the schema that
`hallsim schema` prints for editors. Neither holds a fact that is not in the declaration, except what
cannot be said of one key: how customers are named, where tables look for files, how files extend each other.
"""

from __future__ import annotations

from typing import Any

from hallsim.parts.distributions import LAWS, Law
from hallsim.scenario.arrivals import COLUMNS
from hallsim.scenario.declaration import FORMAT, RECORDS, SCENARIO
from hallsim.scenario.kinds import PATTERNS, Key, Record, Schema
from hallsim.scenario.laws import law_form
from hallsim.scenario.network.declaration import NETWORK
from hallsim.scenario.network.declaration import WORD as NETWORK_WORD
from hallsim.scenario.replay_keys import REPLACED_BY_A_LOG
from hallsim.units import CLOCK_FORMS, DURATION_FORMS, RATE_FORMS, SHARE_FORMS, SPAN_FORMS, SPEED_FORMS

_HEAD = """# Scenario files

<!-- Generated from the declaration in hallsim/scenario by `python -m hallsim.scenario.docs`; a test compares. -->

A scenario is one YAML 1.2 file in UTF-8 or GB18030, at most 1 MB, with at most 1000 stations, segments and so on.
Unknown and duplicate keys are errors; tags, anchors and aliases are not allowed. `hallsim check FILE` reports
everything that is wrong at once, with file, line and path, and what a planner would ask about; `hallsim new` writes
a commented starter; `hallsim schema` prints this page's content as JSON Schema for editors.

## Quantities

Every quantity is text with its unit. Numbers without unit are counts, cv, shapes and speeds.
"""
_CUSTOMERS = """
## How customers are named

Service times, patience, failures and routes may depend on the customer. Then they are mappings from customers to
values:

```yaml
time: {payment: exponential 3 min, vip payment: exponential 5 min, rest: lognormal 8 min cv 0.8}
```

A customer is named by a segment, a transaction, a ticket class, a skill or a kind of transaction, or by several of
different sorts with spaces between them: a segment and a transaction, or a skill with either or both. More names go
before fewer, a transaction before its kind, and `rest` takes everybody else. If two entries of as many names speak
for the same customer, one that joins them must be written too: nothing is decided by order. One name is looked up
among segments, transactions, ticket classes, skills and kinds, in this order; in `call` and `targets` among ticket
classes, then segments. Names are letters (of any script), digits, `_` and `-`; `all`, `rest`, `never`, `leave`,
`triage`, `divert` and `law` are words of the language.

## Where customers go

A destination is a station, `leave`, `triage` (the table under `triage`), `divert CHANNEL` or, from
the door, `intercept CHANNEL`. After a service a ticket
may also be sent on: `transfer STATION` keeps its place (it stands in the next line by when it joined this one), and
`transfer STATION to the end` does not. A routing is a
destination, a table of destinations and shares such as `{kiosk: 15 %, divert app: 10 %, counter: rest}`, or a
mapping from customers to either; `entry`, `then` and `triage` may be a list of cases (see below), the first of which
holds whose condition does. Shares of a table sum to 100 %; one of them may be `rest`, and `all` is 100 %.

Who leaves after a station has been served. Who is sent to `leave` straight from the door is turned away. Who leaves
after a failed service (`fails` without `on_failure`) has been partly served. Who is sent to `divert CHANNEL` counts
as diverted, who is sent to `intercept CHANNEL` as intercepted.

## Extending another file

`extends: other.yaml` reads another scenario first (its path is relative to this file). Mappings are merged key by
key, everything else is replaced, and an empty value (`null`) removes a key. `hallsim run --set
stations.counter.servers=9` and, in Python, `hall.change("stations.counter.servers", 9)` change one value in the
same way. CSV files are looked for beside the file that names them. Changing `open` hours or `per_hour` to another
form means removing the old one: `per_hour: null`.

The hash of a scenario covers the merged content, every table and the format; comments and line ends do not count.

## Planner's warnings

`hallsim check` warns of what can be simulated but is probably not meant: an hour with more work than servers,
customers or shifts outside the opening hours, hours with customers and nobody on duty, nobody on duty at closing,
stations, tickets, segments or transactions that nobody uses, and keys without effect.
"""
_QUANTITIES = (
    ("duration", DURATION_FORMS + "; units us, ms, s, min, h, d"),
    ("rate", RATE_FORMS),
    ("speed", SPEED_FORMS),
    ("percentage", SHARE_FORMS),
    ("clock time", CLOCK_FORMS + "; or a duration since the clock's zero, midnight"),
    ("stretch of time", SPAN_FORMS),
)


def markdown() -> str:
    """Return the text of the page."""
    parts = [_HEAD, markdown_table(("quantity", "written as"), _QUANTITIES), "\n## Laws\n"]
    parts.append("A duration alone is deterministic. Means are of the variable itself.\n")
    parts.append(
        markdown_table(
            ("law", "written as", "meaning"), [(n, f"`{law_form(law)}`", law.doc) for n, law in LAWS.items()]
        )
    )
    parts.append(
        "\nEvery law may also be a mapping: `{law: lognormal, mean: 8 min, cv: 0.8}`. "
        "An empirical law may read its values from a table: `{law: empirical, file: times.csv, column: service_min}`; "
        "cells have units, or `unit: min` says it, or the end of the column's name does.\n"
    )
    for title, record in RECORDS.items():
        parts.append(f"\n## {title[0].upper()}{title[1:]}\n\n{record.doc}\n")
        parts.append(markdown_table(("key", "value", "default", "meaning"), [_row(key) for key in record.keys]))
    parts.append("\n## Tables of arrivals\n")
    parts.append(
        "The file that `table` of a source names has one customer a row, in any order; its first line names the "
        "columns. Only `time` is required; other columns than these are ignored, and an empty cell is drawn as "
        "usual (an empty place is none).\n"
    )
    columns = [(f"`{name}`", ", ".join(names[1:]), doc) for name, (names, doc) in COLUMNS.items()]
    parts.append(markdown_table(("column", "or", "what a cell says"), columns))
    parts.append(
        "\nDurations have units (`4 min`), or the end of the column's name says it for plain numbers: "
        "`service_min`, `patience_s`. A stated patience holds even where nobody else gives up; later stays at the "
        "same station are drawn. Rule 19 of the semantics says it exactly.\n"
    )
    parts.append(_CUSTOMERS)
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a scenario file."""
    text = {name: {"type": "string", "pattern": pattern} for name, pattern in PATTERNS.items()}
    destination = {"type": "string"}
    portion = {"anyOf": [{"$ref": "#/$defs/share"}, {"enum": ["rest", "all"]}]}
    table = {"type": "object", "minProperties": 1, "additionalProperties": portion}
    one = {"anyOf": [destination, table]}
    routing = {"anyOf": [*one["anyOf"], {"type": "object", "minProperties": 1, "additionalProperties": one}]}
    schema = SCENARIO.schema()
    # a file that extends another may leave everything to it, and null removes a key
    required = schema.pop("required")
    besides = {key.unless: [k.name for k in SCENARIO.keys if k.unless == key.unless] for key in SCENARIO.keys}
    rules = [(["extends"], required)] + [(["extends", key], names) for key, names in besides.items() if key]
    beside = {"anyOf": [{"required": [key]} for key in REPLACED_BY_A_LOG]}
    scenario = {
        "allOf": [
            {"if": {"not": {"anyOf": [{"required": [key]} for key in keys]}}, "then": {"required": names}}
            for keys, names in rules
        ]
        + [{"if": {"required": ["replay"], "not": {"required": ["extends"]}}, "then": {"not": beside}}],
        **schema,
    }
    network = NETWORK.schema()
    network.pop("required")  # likewise
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hallsim scenario, format {FORMAT}",
        "if": {"required": [NETWORK_WORD]},
        "then": {"$ref": "#/$defs/network"},
        "else": {"$ref": "#/$defs/scenario"},
        "$defs": {**text, "routing": routing, "law": _law_schema(), "scenario": scenario, "network": network},
    }


def _law_schema() -> Schema:
    words = "|".join(LAWS)
    text: Schema = {"type": "string", "pattern": rf"^\s*({words})\s|^\s*[0-9.]"}
    return {"anyOf": [text, *(_mapping_schema(law) for law in LAWS.values())]}


def _mapping_schema(law: type[Law]) -> Schema:
    share, duration, rate = ({"$ref": f"#/$defs/{name}"} for name in ("share", "duration", "rate"))
    lists = {"times": duration, "rates": rate, "numbers": {"type": "number"}, "shares": share}
    properties: dict[str, Any] = {"law": {"const": law.kind}}
    for p in law.parameters:
        if p.dimension in lists:
            kind: Schema = {"type": "array", "items": lists[p.dimension]}
        elif p.dimension == "laws":
            kind = {"type": "array", "items": {"$ref": "#/$defs/law"}}
        else:
            kind = duration if p.dimension == "time" else {"type": "number"}
        properties[p.name] = {"description": p.doc, **kind}
    needed = ["law", *(p.name for p in law.parameters if p.default is None)]
    if law.kind == "empirical":
        properties.update({name: {"type": "string"} for name in ("file", "column", "unit")})
        needed = ["law"]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _row(key: Key) -> tuple[str, str, str, str]:
    kind = key.kind
    words = f"[keys of {kind.what}](#{_anchor(kind)})" if isinstance(kind, Record) and kind.doc else kind.describe()
    example = f", such as `{key.example}`" if key.example and not words.startswith("such as") else ""
    unless = f", unless `{key.unless}`" if key.unless else ""
    if key.not_with[0]:
        unless += f", not with the {key.not_with[0]} {', '.join(f'`{w}`' for w in key.not_with[1])}"
    default = f"required{unless}" if key.required else key.default
    return f"`{key.name}`", words + example, default, key.doc


def _anchor(record: Record) -> str:
    title = next((t for t, r in RECORDS.items() if r.keys == record.keys), "scenario")
    return title.replace(",", "").replace(" ", "-")


def markdown_table(head: tuple[str, ...], rows: Any) -> str:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    from pathlib import Path

    page = Path(__file__).parents[1] / "docs" / "scenario.md"
    page.write_text(markdown(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
