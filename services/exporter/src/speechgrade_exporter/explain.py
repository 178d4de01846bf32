"""The command ``explain``: why one evaluation is in the dataset or out of it."""

import re
from getpass import getuser
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text
from speechgrade_shared.command_line import console, print_json
from speechgrade_shared.project import SupabaseProject

from speechgrade_exporter.edit_screen import Difference
from speechgrade_exporter.evaluation_rows import read_rows
from speechgrade_exporter.examples import ExampleRules, decide
from speechgrade_exporter.explanation import (
    PROVENANCES,
    TRACES,
    Explanation,
    compared,
    differences,
    explain_row,
    maxima,
)
from speechgrade_exporter.reasons import sentence
from speechgrade_exporter.startup import start

_PLACEHOLDER = re.compile(r"\[[A-Z_]+\]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOURS = {"included": "green", "excluded": "yellow", "quarantined": "red"}
_QUEUE = "evaluation_id,reason,enqueued_at,attempts,last_error,lease_until,dead_at"
_STORED = "evaluation_id,status,exclusion_reason,split,content_sha256,anonymizer_version,renderer_version,settled_at"


def explain(
    evaluation: Annotated[UUID, typer.Argument(help="The id of the evaluation.")],
    show_original: Annotated[
        bool, typer.Option("--show-original", help="Print what identifies people also where no one is watching.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say why an evaluation is in the dataset or out of it, with its text before and after anonymization.

    The speech as it was spoken is personal: it is shown on a terminal, and elsewhere only with --show-original. The
    audit log keeps who has seen it.
    """
    settings, project = start()
    found = explanation_of(project, str(evaluation), settings.example_rules)
    is_shown = show_original or (console.is_terminal and not as_json)
    if is_shown and found.texts is not None:
        project.rpc("record_view", {"p_evaluation": str(evaluation), "p_actor": f"explain by {getuser()}"})
    if as_json:
        print_json(found.as_dict(with_original=is_shown))
    else:
        show(found, with_original=is_shown)


def explanation_of(project: SupabaseProject, evaluation: str, rules: ExampleRules) -> Explanation:
    """Read one evaluation and decide about it as the worker would, changing nothing.

    Raises:
        ProjectError: the project did not answer, or refused.
    """
    row = next(iter(read_rows(project, [evaluation], rules.key)))
    return explain_row(
        row,
        decide(row, rules),
        _one(project, "change_queue", _QUEUE, evaluation),
        _one(project, "training_data", _STORED, evaluation),
    )


def show(found: Explanation, *, with_original: bool) -> None:
    """Print an explanation for a person."""
    settlement = found.decision.settlement
    console.print(Text(settlement.status, style=f"bold {_COLOURS[settlement.status]}"), _plain(_verdict(found)))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in _facts(found):
        table.add_row(Text(name, style="bold"), _plain(value))
    console.print(table)
    _show_texts(found, with_original=with_original)


def _one(project: SupabaseProject, table: str, columns: str, evaluation: str) -> dict[str, Any] | None:
    return next(project.rows(table, columns, key="evaluation_id", where={"evaluation_id": evaluation}), None)


def _verdict(found: Explanation) -> str:
    reason = found.decision.settlement.reason
    return found.sentence if reason is None else f"{found.sentence} ({reason})"


def _facts(found: Explanation) -> list[tuple[str, str]]:
    settlement = found.decision.settlement
    facts = [("also", f"{sentence(code)} ({code})") for code in found.also]
    facts += [("student", _consent(form)) for form in found.consent] or [("student", "no decision")]
    given, at = found.instructor["given"], found.instructor["at"]
    facts.append(("instructor", f"{'yes' if given else 'no'}{f' at {at}' if at else ''}"))
    facts += _scores(found)
    facts.append(("person", settlement.subject or "unknown"))
    facts.append(("split", (found.stored or {}).get("split") or settlement.split or "none"))
    return [*facts, ("queue", _queue(found)), ("database", _stored(found))]


def _consent(form: dict[str, Any]) -> str:
    ignored = "" if form["counts"] else ", not a type that is asked for"
    return f"{'yes' if form['given'] else 'no'} to {form['type']} at {form['at']}{ignored}"


def _scores(found: Explanation) -> list[tuple[str, str]]:
    evidence = found.decision.evidence
    if evidence is None:
        return []
    counts = ", ".join(f"{count} {kind}" for kind, count in differences(evidence).items())
    facts = [("scores", f"{PROVENANCES[evidence.provenance]} Known {TRACES[evidence.trace]}.")]
    if counts:
        facts.append(("criteria", counts))
    facts += [
        ("", f"{' / '.join(filter(None, place))}: {kind} from {_points(before)} to {_points(after)}")
        for place, kind, before, after in compared(evidence)
        if kind is not Difference.CONFIRMED
    ]
    facts += [("corrected", field) for field in evidence.corrected]
    if evidence.kept_output_is_foreign:
        facts.append(("", "Nothing ties the model output that was saved with this evaluation to it."))
    return facts + [
        ("maximum", f"{entry['category']} / {entry['criterion']}: {_maximum(entry)}")
        for entry in maxima(found.decision)
    ]


def _maximum(entry: dict[str, Any]) -> str:
    untaught = f", not taught ({entry['not_taught']})" if entry["not_taught"] else ""
    return f"{entry['max']:g} from {entry['from']}{untaught}"


def _points(points: float | None) -> str:
    return "nothing" if points is None else f"{points:g}"


def _queue(found: Explanation) -> str:
    queue = found.queue
    if queue is None:
        return "nothing waits"
    state = "given up" if queue["dead_at"] else "waits"
    failed = f", failed with {queue['last_error']}" if queue["last_error"] else ""
    return f"{state} since {queue['enqueued_at']} because of {queue['reason']}, {queue['attempts']} tries{failed}"


def _stored(found: Explanation) -> str:
    if found.stored is None:
        return "never looked at"
    held = found.stored["exclusion_reason"] or found.stored["status"]
    same = "the same" if found.is_up_to_date else f"another decision ({held})"
    return f"holds {same}, settled at {found.stored['settled_at']}"


def _show_texts(found: Explanation, *, with_original: bool) -> None:
    texts = found.texts
    if texts is None:
        console.print("The speech was refused before it was anonymized, so there is no text to show.")
        return
    table = Table("as it was spoken", "as a model reads it", show_lines=True)
    original = texts.original if with_original else "Hidden: not a terminal. Ask with --show-original."
    anonymized = texts.anonymized if with_original or texts.is_safe else "Hidden: it may still name somebody."
    marked = _plain(anonymized)
    marked.highlight_regex(_PLACEHOLDER, "bold cyan")
    table.add_row(_plain(original), marked)
    console.print(table)


def _plain(text: str) -> Text:
    # Placeholders look like markup, and a speech may hold what a terminal would obey.
    return Text(_CONTROL.sub(" ", text))
