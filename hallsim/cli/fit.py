"""`hallsim fit`: what no log shows is found by simulation, so that a hall has the figures that were seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.cli.console import check_output, load_kernels, say
from hallsim.cli.log_input import read_logs
from hallsim.cli.options import AS_JSON, TABLE_LANGUAGE, TableLanguage

if TYPE_CHECKING:
    from hallsim.calibrate.hidden.file import Request
    from hallsim.calibrate.hidden.fit import Seen

SUFFIXES = (".yaml", ".yml")


def fit(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="What is sought, in which hall, from which log.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.yaml", help="The scenario with what was found.")
    ] = None,
    lang: TABLE_LANGUAGE = TableLanguage.en,
    as_json: AS_JSON = False,
) -> None:
    """Find hidden parameters of a scenario by simulation, and say which the log cannot tell."""
    if out is not None:
        check_output(out, SUFFIXES)
    from hallsim.calibrate.hidden import posterior_words, words
    from hallsim.calibrate.hidden.file import read_request
    from hallsim.calibrate.hidden.fit import fit_by_bayes, fit_hidden
    from hallsim.calibrate.hidden.scenario import text_of_fit
    from hallsim.files import atomic_write

    request = read_request(file)
    seen = _seen(request)
    load_kernels()
    by_bayes = request.method == "bayes"
    found = (fit_by_bayes if by_bayes else fit_hidden)(request, seen, progress=lambda what: say(f"{what} ..."))
    told = posterior_words if by_bayes else words
    if as_json:
        print(json.dumps(told.as_dict(found), ensure_ascii=False, indent=2))
    else:
        print(told.table(found, lang.value))
    if out is not None:
        with atomic_write(out, "w") as written:
            written.write(text_of_fit(found))
        say(f"wrote {out}")


def _seen(request: Request) -> Seen:
    from hallsim.calibrate.counts.reading import read_counts
    from hallsim.calibrate.hidden.fit import seen_in_counts, seen_in_log

    if request.counts:
        return seen_in_counts(request, read_counts(request.counts))
    visits, _ = read_logs(list(request.log), request.mapping or None)
    return seen_in_log(request, visits)
