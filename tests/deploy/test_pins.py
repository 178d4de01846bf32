"""constraints.txt has what every member, extra and group needs, and nothing else; `make constraints` renews it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from . import pins
from .pins import REPO, RULES, Lines, Rule

# Each breaks one thing of the good file, and only its own rule may notice.
BROKEN: list[tuple[Rule, str, str]] = [
    (pins.well_formed, "typer==", "typer>=0.1"),
    (pins.well_formed, "jinja2==3", "Jinja2==3"),
    (pins.complete, "fastapi==", ""),
    (pins.complete, "hpack==", ""),
    (pins.complete, "liger-kernel==", ""),
    (pins.complete, "yamllint==", ""),
    (pins.complete, "torch==", "torch==2.12.0"),
    (pins.without_surplus, "flask", "flask==3.1.2"),
]


@pytest.mark.parametrize("rule", RULES)
def test_the_pins_keep_every_rule(rule: Rule) -> None:
    assert list(rule(pins.read())) == []


def test_an_order_that_is_wrong_is_noticed() -> None:
    lines = pins.read()
    assert list(pins.well_formed([lines[1], lines[0], *lines[2:]]))


@pytest.mark.parametrize(("rule", "begins", "becomes"), BROKEN)
def test_a_wrong_pin_is_noticed(rule: Rule, begins: str, becomes: str) -> None:
    kept: Lines = [line for line in pins.read() if not line.startswith(begins)]
    broken = sorted([*kept, becomes] if becomes else kept, key=lambda line: line.partition("==")[0])
    noticed = {other.__name__ for other in RULES if list(other(broken))}
    assert rule.__name__ in noticed
    assert noticed - {rule.__name__} <= {pins.complete.__name__}  # what is no pin is a missing one as well


def test_the_pins_wait_a_week_unless_somebody_cannot() -> None:
    """A release that was tampered with is mostly noticed within days."""
    command = [shutil.which("make") or "make", "--dry-run", "constraints"]
    recipe = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=30, check=True).stdout
    assert 'UV_EXCLUDE_NEWER="${UV_EXCLUDE_NEWER-7 days}"' in recipe


def tags(image: str, files: list[Path]) -> dict[str, str]:
    """Each tag of an image that these files name, with one file that does."""
    named = re.compile(re.escape(image) + r":([\w.-]+)")
    return {tag: file.name for file in files for tag in named.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("image", ["vllm/vllm-openai", "python", "nvidia/cuda"])
def test_an_image_has_one_tag_wherever_it_is_named(image: str) -> None:
    files = [
        REPO / "compose.yaml",
        REPO / ".env.example",
        *REPO.glob("services/*/Dockerfile"),
        *REPO.glob("k8s/**/*.yaml"),
    ]
    assert len(tags(image, [*files, REPO / "local/engine/Dockerfile"])) == 1


def test_a_second_tag_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "image: ${VLLM_IMAGE:-vllm/vllm-openai:v1}\nimage: vllm/vllm-openai:v2\n", "utf-8"
    )
    assert set(tags("vllm/vllm-openai", [tmp_path / "compose.yaml"])) == {"v1", "v2"}
