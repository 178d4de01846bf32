"""``python -m speechgrade_trainer.bench``: all measurements, a table, and a JSON file."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from speechgrade_shared.command_line import run_app

from speechgrade_trainer.offline import keep_libraries_offline

app = typer.Typer(add_completion=False, help="How fast a 7B trains here, beside a plain TRL script.")
_PACKAGES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "accelerate")


@app.command()
def bench(
    out: Annotated[Path, typer.Option(help="Where the results go, as JSON.")] = Path(".local/bench-trainer.json"),
    folder: Annotated[Path | None, typer.Option(help="Keeps the random base (14.5 GB) for the next time.")] = None,
    cases: Annotated[str, typer.Option(help="E.g. lora-2048,qlora-4096; all four by default.")] = "",
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured; medians are shown.")] = 1,
    tiny: Annotated[bool, typer.Option(help="A tiny base, as where there is no GPU.")] = False,
) -> None:
    """Measure LoRA in bf16 and QLoRA at 2,048 and 4,096 tokens, each process afresh."""
    keep_libraries_offline()
    from speechgrade_trainer.training.device import read_device

    device = read_device()
    is_tiny = tiny or not device.is_gpu
    with tempfile.TemporaryDirectory() as unkept:
        result = _measured(cases, rounds, folder or Path(unkept), device=device.name, is_tiny=is_tiny)
    from speechgrade_trainer.bench.table import print_results

    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print_results(result, Console(width=140))
    if any(row["error"] and row["variant"] == "ours" for row in result["summary"]):
        raise typer.Exit(1)


def _measured(cases: str, rounds: int, folder: Path, *, device: str, is_tiny: bool) -> dict[str, Any]:
    from speechgrade_trainer.bench.cases import chosen_cases
    from speechgrade_trainer.bench.rounds import in_a_fresh_process, measured_at_last, planned_jobs

    console, measurements = Console(stderr=True), []
    for job in planned_jobs(chosen_cases(cases, is_tiny=is_tiny), rounds, is_tiny=is_tiny):
        console.print(f"{job.case} {job.variant} …")
        measurements.append(measured_at_last(job, lambda wanted: in_a_fresh_process(wanted, folder)))
    return results(measurements, device=device, is_tiny=is_tiny)


def results(measurements: list[dict[str, Any]], *, device: str, is_tiny: bool) -> dict[str, Any]:
    """Everything that the JSON file holds."""
    from speechgrade_trainer.bench import speeches
    from speechgrade_trainer.bench.cases import shape_of
    from speechgrade_trainer.bench.results import summary, targets

    rows, shape = summary(measurements), shape_of(is_tiny=is_tiny)
    return {
        "says_nothing_about_a_gpu": is_tiny,
        "device": device,
        "versions": {name: version(name) for name in _PACKAGES},
        "weights": shape.linear + 2 * shape.output,
        "speeches": {
            "rubric": speeches.RUBRIC_SHARE,
            "median_transcript": speeches.TRANSCRIPT_SHARE,
            "mean_answer": speeches.ANSWER_SHARE,
            "log_spread": speeches.SPREAD,
        },
        "summary": rows,
        "targets": targets(rows, is_tiny=is_tiny),
        "remarks": sorted({remark for one in measurements for remark in one["remarks"]}),
        "measurements": measurements,
    }


if __name__ == "__main__":
    run_app(app)
