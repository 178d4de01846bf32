"""The dataset's card: Markdown with the front matter that the Hugging Face hub and its ``datasets`` library read.

It describes a pulled folder (``train.jsonl`` and its like), and holds counts only.
"""

from collections.abc import Mapping

from speechgrade_shared.manifests import SplitManifest
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.subject import Split

from speechgrade_exporter.score_picture import Histogram

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))


def dataset_card(
    splits: Mapping[Split, SplitManifest],
    excluded: Mapping[str, int],
    histograms: Mapping[Split, Histogram],
    anonymizer: str,
) -> str:
    """The README.md of a snapshot."""
    return "\n".join(
        [_front_matter(splits), _text(splits, anonymizer), _rubrics(histograms), _left_out(excluded), _CLOSING]
    )


def _front_matter(splits: Mapping[Split, SplitManifest]) -> str:
    total = sum(part.examples for part in splits.values())
    size = next((name for limit, name in _SIZES if total < limit), "100K<n<1M")
    # The library refuses a split that it finds nothing in.
    held = [split for split, part in splits.items() if part.examples]
    files = "".join(f"  - split: {split}\n    path: {split}.jsonl\n" for split in held)
    configs = f"configs:\n- config_name: default\n  data_files:\n{files}" if held else ""
    return (
        "---\npretty_name: Graded student speeches\nlanguage:\n- en\ntask_categories:\n- text-generation\n"
        f"size_categories:\n- {size}\nlicense: other\nlicense_name: consented-use-only\n"
        f"{configs}---\n"
    )


def _text(splits: Mapping[Split, SplitManifest], anonymizer: str) -> str:
    rows = "\n".join(f"| {split} | {part.examples} | {part.subjects} |" for split, part in splits.items())
    return (
        "# Graded student speeches\n\n"
        "Speeches with the points and comments of their instructors, one example a line, as "
        "`{messages: [system, user, assistant], example, subject, rubric}`. `sample.jsonl` shows the format with an "
        "invented speech. Student and instructor consented to every example; a person is in one split only, and stays "
        "there. Names and other identifiers are replaced by placeholders such as `[STUDENT_FIRST_NAME]`; `example` and "
        "`subject` are pseudonyms. What a transcript cannot show, such as eye contact or volume, is left out of "
        "rubrics and scores.\n\n"
        f"Renderer `{RENDERER_VERSION}`, anonymizer `{anonymizer}`.\n\n"
        f"| Split | Examples | People |\n| --- | ---: | ---: |\n{rows}\n\n"
        "## Scores\n\n![How many speeches got which share of the possible points, by split](scores.svg)\n"
    )


def _rubrics(histograms: Mapping[Split, Histogram]) -> str:
    names = sorted({name for held in histograms.values() for name in held})
    counts = {name: [sum(held.get(name, ())) for held in histograms.values()] for name in names}
    head = f"| Rubric | {' | '.join(histograms)} |\n| --- |{' ---: |' * len(histograms)}\n"
    rows = "".join(f"| {_cell(name)} | {' | '.join(map(str, counts[name]))} |\n" for name in names)
    return f"## Rubrics\n\n{head}{rows}"


def _left_out(excluded: Mapping[str, int]) -> str:
    rows = "".join(f"| `{reason}` | {count} |\n" for reason, count in excluded.items())
    return f"## Left out\n\n| Reason | Evaluations |\n| --- | ---: |\n{rows}"


def _cell(text: str) -> str:
    """A name as it may stand in a table: no line, bar or mark-up of it is taken for ours."""
    plain = "".join(char if char.isalnum() or char in " -.,:&()'" else " " for char in text)
    return " ".join(plain.split()) or "unnamed"


_CLOSING = (
    "## Use\n\nFor training and measuring the grading model of the institution that it comes from. When somebody "
    "withdraws, a new snapshot without them replaces this one, and copies of this one must be deleted: "
    "`speechgrade-exporter pull` does so.\n"
)
"""The last part, which is the same in every card."""
