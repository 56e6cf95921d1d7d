"""The mapping language as a page to read.

In: the declaration, the rules of cleaning and the shipped mappings. Out: the text of `hallsim/docs/mapping.md`.
"""

from __future__ import annotations

from hallsim.logs.declaration import RECORDS
from hallsim.logs.mapping import load_mapping, shipped
from hallsim.logs.rules import RULES
from hallsim.scenario.docs import markdown_table
from hallsim.scenario.kinds import Either, Key, Kind, Record

_HEAD = """# Mapping files

<!-- Generated from the declaration in hallsim/logs by `python -m hallsim.logs.docs`; a test compares. -->

A mapping tells `hallsim import-log` how the log of a queue machine or a call centre becomes visits: which column is
which field, how dates are written, which rows are wanted, and what is private. It is one YAML file, as strict as a
scenario file: unknown keys are errors, with file and line and the nearest name.

```sh
hallsim import-log march.csv --mapping ticket_machine --out march.parquet
```

`--mapping` takes the name of a mapping that comes with hallsim, or a file. Without `--out` nothing is written but
the report. `--strict` fails if a row has to be dropped or repaired.
"""
_EXAMPLE = """
## An example

```yaml
format: 1
hall: North Street
columns:
  date: [Date, 日期]
  ticket_no: Ticket
  t_ticket: [Issued, 取号时间]
  t_call_last: Called
  t_end: {names: Ended, missing: "00:00:00"}
  counter: Desk
  staff: Clerk
  outcome:
    names: Status
    values: {Done: served, Missed: no_show, Left: reneged, Test: drop}
constants: {station: counter}
rows:
  need: [ticket_no]
  forgotten_end: 3 h
visit: {by: [ticket_no]}
private: [Phone, 手机号]
```
"""
_RULES_HEAD = """
## What becomes of the rows

Every row is kept, or dropped by the first rule that it breaks, in this order; the report counts both and shows up
to five rows of each rule. Lines without any text are no rows. Of rows that are kept, repairs and doubts are counted
too. If not one row can be used, that is an error, which names the rules.
"""
_TAIL = """
## What comes out

The table of visits, sorted by day, visit and step. Times are microseconds since the midnight of the row's date, so
that a time after midnight is above 24 hours. Visits are numbered by arrival in their day. A step that was served and
is followed by another leg of its visit is *transferred*. Who balked joined no line: such a row has no ticket, no line
and no counter. How many stood ahead in the line is counted, unless a column tells it.

Two rows that are the same in every field are one, where a ticket or customer number tells customers apart.

## Transaction records

A billing system knows what was done at a counter, and no ticket numbers. A mapping whose columns have `t_booked` reads
such records; `transaction_records` is one. They are joined to the services of a log:

```sh
hallsim import-log counters.csv -m ticket_machine --records billing.csv --out visits.parquet
hallsim calibrate counters.csv -m ticket_machine --records billing.csv --out hall.yaml
```

Joined is by person where both name staff, else by counter, on one day, by time. The clocks of the two systems may
differ by a constant of up to an hour: the difference with which the fewest records are outside services and the
fewest services without a record is taken, if it is surely not 0. A record belongs to the service that began last
before it, up to a minute after its end, else to one that begins within a minute; records within a minute of a call
are given back to the service before where that leaves fewer services without a record. Several records make several
transactions: steps of the visit at the same counter, one after the other, as simulated halls have them. Their ends
stand as long after their records as those of services with a single record do; what is booked in one go is shared
out by the usual lengths. A service without record is of the transaction `no record`; of those who were not served
none is known, and the mix is that of the others. The report counts records in no service, services without record,
and the days without any. What billing calls a transaction replaces what the ticket was drawn for, which stays as
ticket class, line or segment.

## What stays private

Columns that a mapping does not name are not read. Those under `private` are named in the report, and cannot be used
in any other place of the mapping. Names of the staff become pseudonyms: a keyed hash, whose key is the content of the
log (or `--staff-key`, which gives the same pseudonyms in several logs), so that the output alone does not let names
be tried out; `--keep-staff` keeps the names. Messages and examples show only the cells that a rule looked at, long
numbers masked. If the log has private columns, words that no date has are masked in the columns of times, and where
several cells of a row are wrong only those columns are shown: such a row is probably shifted. In such a log numbers of
nine digits and more are left out of every text but the number of the ticket, and telephones out of that, too.

## How much fits

Text and Parquet are read in pieces, and days are collected from temporary files, so that memory does not grow with
the log; only all the rows of one day are held together. An Excel sheet is held whole.
"""


def markdown() -> str:
    """Return the text of the page."""
    parts = [_HEAD]
    rows = [(f"`{n}`", load_mapping(path).label.en, load_mapping(path).description) for n, path in shipped().items()]
    parts.append(markdown_table(("mapping", "log", "what it is for"), rows))
    parts.append(_EXAMPLE)
    for title, record in RECORDS.items():
        parts.append(f"\n## {title[0].upper()}{title[1:]}\n\n{record.doc}\n")
        parts.append(markdown_table(("key", "value", "default", "meaning"), [_row(key) for key in record.keys]))
    parts.append(_RULES_HEAD)
    parts.append(markdown_table(("rule", "row is", "meaning"), [(f"`{r.name}`", r.effect, r.en) for r in RULES]))
    parts.append(_TAIL)
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _row(key: Key) -> tuple[str, str, str, str]:
    example = f", such as `{key.example}`" if key.example else ""
    return f"`{key.name}`", _words(key.kind) + example, "required" if key.required else key.default, key.doc


def _words(kind: Kind) -> str:
    """Return what a key takes, with links to the records of this page."""
    if isinstance(kind, Either):
        return ", or ".join(_words(k) for k in kind.kinds)
    if isinstance(kind, Record):
        title = next((t for t, r in RECORDS.items() if r is kind), "")
        return f"[keys of {kind.what}](#{title.replace(' ', '-')})" if title else f"mapping of {kind.describe()}"
    return kind.describe()


def main() -> None:
    """Write the page."""
    from pathlib import Path

    page = Path(__file__).parents[1] / "docs" / "mapping.md"
    page.write_text(markdown(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
