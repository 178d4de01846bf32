"""The embedded stack as one object: start its parts in order, use them, and leave nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from speechgrade_local import functions, gateway, migrations, postgres
from speechgrade_local.child import ChildSpec
from speechgrade_local.engine import EngineSettings, engine_spec
from speechgrade_local.environment import child_environment, free_port
from speechgrade_local.errors import NotStarted, ProcessDied
from speechgrade_local.keys import StackKeys, load_or_create
from speechgrade_local.node import locate_node
from speechgrade_local.readiness import http_ready
from speechgrade_local.state import StateDirectory
from speechgrade_local.supervisor import Supervisor

_LAST_LOOK_S = 0.5


class Stack:
    """Context manager over every process of one state directory.

    While it is open, a process that dies raises `ProcessDied` in the main thread, whatever that
    is doing. `fresh` forgets earlier data first, trades durability for speed, and removes its
    database at the end unless `keep_data` says that a later stack will want it.
    """

    def __init__(self, repo_root: Path, state_dir: Path, *, fresh: bool = False, keep_data: bool = False) -> None:
        self.repo_root = repo_root.resolve()
        self.state = StateDirectory(state_dir)
        self._fresh = fresh
        self._discards_data = fresh and not keep_data
        self._supervisor = Supervisor(self.state.logs)
        self._known: dict[str, str] = {}
        self._held_keys: StackKeys | None = None
        self._held_cluster: postgres.Cluster | None = None

    def __enter__(self) -> Self:
        self.state.acquire()
        try:
            if self._fresh:
                self.state.forget_data()
            self._held_keys = load_or_create(self.state.data / "keys.json")
            self._supervisor.open()
        except BaseException:
            self.state.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            # A failed request is often the first sign of a death: name the cause instead.
            if isinstance(error, Exception) and not isinstance(error, ProcessDied):
                self._supervisor.await_death(_LAST_LOOK_S)
        finally:
            self._supervisor.close()
            if self._discards_data and self._held_cluster is not None:
                postgres.discard(self._held_cluster)
            self.state.release()

    def start_postgres(self) -> None:
        """PostgreSQL with the roles and schemas of a hosted project."""
        cluster = postgres.locate(self.state.data, free_port(), self.keys, fresh=self._fresh)
        self._held_cluster = cluster
        is_new = cluster.is_new
        if is_new:
            postgres.initialise(cluster)
        self._supervisor.start(postgres.server_spec(cluster, throwaway=self._fresh))
        if is_new:
            postgres.bootstrap(cluster, gateway.lite_schema(locate_node(self.repo_root)))
        self._publish(database_url=cluster.postgres_url, superuser_url=cluster.superuser_url)

    def apply_migrations(self, project: Path | None = None) -> None:
        """Every migration of the repository (or of another project folder) not yet applied."""
        parts = locate_node(self.repo_root)
        home = self.state.root / "cli-home"
        migrations.apply_migrations(parts, project or self.repo_root, self.database_url, home)

    def apply_seed(self, seed: Path | None = None) -> None:
        """supabase/seed.sql, as role postgres and in one transaction."""
        script = seed or self.repo_root / "supabase" / "seed.sql"
        if script.exists():
            postgres.run_sql(self._cluster, self.database_url, script.read_text())

    def start_supabase(self, project: Path | None = None) -> None:
        """REST, Auth and Storage. Comes after the migrations: the schema is read once."""
        address = gateway.GatewayAddress(
            port=free_port(),
            database_url=self._cluster.lite_url,
            functions_url=f"http://127.0.0.1:{free_port()}",
            storage=self.state.data / "storage",
        )
        parts, config = locate_node(self.repo_root), self.state.data / "gateway.json"
        spec = gateway.gateway_spec(parts, project or self.repo_root, address, self.keys, config)
        self._supervisor.start(spec)
        self._publish(
            supabase_url=address.url,
            functions_url=f"{address.url}/functions/v1",
            functions_origin=address.functions_url,
            jwks_url=f"{address.url}/auth/v1/.well-known/jwks.json",
            publishable_key=self.keys.publishable_key,
            secret_key=self.keys.secret_key,
        )

    def start_functions(self, extra_env: Mapping[str, str]) -> None:
        """The Edge Function `score`, reached at `functions_url`/score."""
        port = int(self._address("functions_origin").rsplit(":", 1)[1])
        spec = functions.function_spec(self.repo_root, port, self.supabase_url, self.keys, extra_env)
        self._supervisor.start(spec)

    def start_engine(self, model_dir: Path, served_name: str, **settings: Any) -> None:
        """vLLM on the base model in `model_dir`; settings as in `EngineSettings`."""
        wanted = EngineSettings(model_dir.resolve(), served_name, port=free_port(), **settings)
        self._supervisor.start(engine_spec(self.repo_root, wanted))
        self._publish(**{f"{wanted.name}_url": wanted.url})

    def start_service(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        ready_url: str,
        *,
        start_limit_s: float = 30.0,
    ) -> None:
        """One of our own services, with the Supabase settings and `env` in its environment."""
        spec = ChildSpec(
            name=name,
            argv=tuple(argv),
            env=child_environment({**self.service_environment, **env}),
            cwd=self.repo_root,
            is_ready=http_ready(ready_url),
            start_limit_s=start_limit_s,
        )
        self._supervisor.start(spec)
        self._publish(**{f"{name}_url": ready_url})

    @property
    def process_ids(self) -> dict[str, int]:
        """The processes of the stack by name."""
        return self._supervisor.process_ids

    def check_alive(self) -> None:
        """Raise `ProcessDied` if a process of the stack has ended."""
        self._supervisor.check_alive()

    def sign_user_token(self, user_id: str, email: str) -> str:
        """A user's access token, good for REST, Storage and Edge Functions alike."""
        return self.keys.sign_user_token(user_id, email, f"{self.supabase_url}/auth/v1")

    @property
    def service_environment(self) -> dict[str, str]:
        """What a service needs to reach this stack's Supabase."""
        return {
            "SUPABASE_URL": self.supabase_url,
            "SUPABASE_SECRET_KEY": self.secret_key,
            "SUPABASE_JWKS_URL": self._address("jwks_url"),
        }

    @property
    def addresses(self) -> dict[str, str]:
        """Everything stack.json says."""
        return dict(self._known)

    @property
    def database_url(self) -> str:
        return self._address("database_url")

    @property
    def superuser_url(self) -> str:
        return self._address("superuser_url")

    @property
    def supabase_url(self) -> str:
        return self._address("supabase_url")

    @property
    def functions_url(self) -> str:
        return self._address("functions_url")

    @property
    def engine_url(self) -> str:
        return self._address("engine_url")

    @property
    def secret_key(self) -> str:
        return self.keys.secret_key

    @property
    def publishable_key(self) -> str:
        return self.keys.publishable_key

    @property
    def jwks(self) -> dict[str, Any]:
        return self.keys.jwks

    @property
    def keys(self) -> StackKeys:
        if self._held_keys is None:
            raise NotStarted("The stack is used before it was entered.")
        return self._held_keys

    @property
    def _cluster(self) -> postgres.Cluster:
        if self._held_cluster is None:
            raise NotStarted("PostgreSQL was not started.")
        return self._held_cluster

    def _address(self, name: str) -> str:
        if name not in self._known:
            raise NotStarted(f"The stack has no {name} yet.")
        return self._known[name]

    def _publish(self, **addresses: str) -> None:
        self._known.update(addresses)
        self.state.publish(self._known)
