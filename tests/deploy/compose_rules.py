"""What must be true of compose.yaml and all that it includes. A rule yields a sentence for each breach."""

from collections.abc import Callable, Iterator

from .compose_file import REPO, SECRET, Document, defaults, environment, filled, is_pinned, of_profile, volume_source

Rule = Callable[[Document], Iterator[str]]

ENGINES = {"engine", "engine-cpu"}
SHARES_A_NETWORK_WITH_AN_ENGINE = {"scorer"}
PUBLISHED = {"exporter", "scorer", "gateway", "prometheus", "grafana"}
NEEDS_THE_OUTSIDE = {
    "gateway": "callers outside of `local` come through it",
    "functions": "fetches what the function imports, and calls the scorer",
}
MAY_BE_ROOT = {"db": "the official image's entry point gives the data to the user postgres, and becomes it"}
MAY_WRITE_ITS_ROOT = {"db": "the official image writes its configuration below /etc when it starts"}
MAY_KEEP = {"db": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}}
_HOSTS_OWN = ("network_mode", "pid", "ipc", "userns_mode", "cgroup", "devices")


def confined(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        if service.get("read_only") is not True and name not in MAY_WRITE_ITS_ROOT:
            yield f"{name} can write to its root file system"
        if service.get("cap_drop") != ["ALL"] or service.get("privileged"):
            yield f"{name} keeps capabilities"
        if set(service.get("cap_add", ())) - MAY_KEEP.get(name, set()):
            yield f"{name} adds capabilities"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name} can gain privileges"
        yield from (f"{name} shares the host's {kind}" for kind in _HOSTS_OWN if kind in service)


def unprivileged(document: Document) -> Iterator[str]:
    """The images that we build have their user in the Dockerfile."""
    for name, service in document["services"].items():
        user = str(service.get("user", "" if "build" in service else "0"))
        if user.partition(":")[0] in {"0", "root"} and name not in MAY_BE_ROOT:
            yield f"{name} runs as root"


def bounded(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        yield from (f"{name} has no limit of {kind}" for kind in ("memory", "pids") if kind not in limits)
        if not {"max-size", "max-file"} <= service.get("logging", {}).get("options", {}).keys():
            yield f"{name} never rotates its log"
        if "ulimits" in service:
            yield f"{name} sets limits that not every machine can grant"


def pinned(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        if not is_pinned(filled(service["image"])):
            yield f"{name} uses {filled(service['image'])}"


def engine_is_private(document: Document) -> Iterator[str]:
    for engine in sorted(ENGINES):
        for network in document["services"][engine]["networks"]:
            if not (document["networks"].get(network) or {}).get("internal"):
                yield f"{engine} can be reached over {network}"
            others = {name for name, service in document["services"].items() if network in service.get("networks", ())}
            if others - ENGINES - SHARES_A_NETWORK_WITH_AN_ENGINE:
                yield f"{sorted(others)} share {network} with {engine}"


def published_on_loopback_alone(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        for port in service.get("ports", ()):
            if name not in PUBLISHED:
                yield f"{name} listens on the host"
            if not filled(str(port)).startswith("127.0.0.1:"):
                yield f"{name} listens on every address of the host"


def local_is_closed(document: Document) -> Iterator[str]:
    for name, service in of_profile(document, "local").items():
        for network in service["networks"]:
            if not (document["networks"].get(network) or {}).get("internal") and name not in NEEDS_THE_OUTSIDE:
                yield f"{name} reaches the outside over {network}"


def without_secrets(document: Document) -> Iterator[str]:
    """A secret is passed through or demanded, and has no default."""
    for name, service in document["services"].items():
        for variable, default in defaults(service):
            if SECRET.search(variable) and default:
                yield f"{name} has a default for {variable}"
        for variable, value in environment(service).items():
            if SECRET.search(variable) and value is not None and (filled(value) or "${" not in value):
                yield f"{name} has a value for {variable}"


def waits_for_health(document: Document) -> Iterator[str]:
    """What we build has its health check in the Dockerfile."""
    services = document["services"]
    for name, service in services.items():
        for other, wanted in service.get("depends_on", {}).items():
            awaited = services.get(other)
            if awaited is None:
                continue
            is_one_off = awaited.get("restart") == "no"
            if wanted["condition"] != ("service_completed_successfully" if is_one_off else "service_healthy"):
                yield f"{name} does not wait for {other}"
            if not is_one_off and not awaited.get("healthcheck") and "build" not in awaited:
                yield f"{name} waits for {other}, which never says that it is well"
            if wanted.get("required", True) and other not in of_profiles(document, service):
                yield f"{name} cannot start without {other}, which another profile starts"


def of_profiles(document: Document, service: Document) -> set[str]:
    """The services that are there whenever this one is."""
    mine = set(service.get("profiles", ()))
    return {
        name
        for name, other in document["services"].items()
        if not other.get("profiles") or mine & set(other["profiles"])
    }


def references_exist(document: Document) -> Iterator[str]:
    """What Compose itself would refuse, for machines that have none."""
    for name, service in document["services"].items():
        yield from (f"{name}: no network {n}" for n in service.get("networks", ()) if n not in document["networks"])
        yield from (f"{name}: no service {s}" for s in service.get("depends_on", {}) if s not in document["services"])
        for source in map(volume_source, service.get("volumes", ())):
            if not (REPO / source).exists() if source.startswith(".") else source not in document["volumes"]:
                yield f"{name}: no volume {source}"
        if "build" in service and not (REPO / service["build"]["dockerfile"]).is_file():
            yield f"{name}: no {service['build']['dockerfile']}"


RULES: tuple[Rule, ...] = (
    confined,
    unprivileged,
    bounded,
    pinned,
    engine_is_private,
    published_on_loopback_alone,
    local_is_closed,
    without_secrets,
    waits_for_health,
    references_exist,
)
