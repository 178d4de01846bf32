"""What the answers of a project mean: pure judgements, each a finding with its fix."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from speechgrade_shared.findings import Finding, Level, fine
from speechgrade_shared.project_findings import spell

QUEUE_AGE_LIMIT_S = 600
ERASURE_LIMIT_S = 3600
SILENCE_LIMIT_S = 120
State = Mapping[str, Any]
_SERVE = "docker compose up -d exporter; Kubernetes: kubectl rollout restart deploy/exporter. Then read its log."
_SAME_RELEASE = (
    "Run both from one image with the same settings: docker compose up -d exporter; Kubernetes: kubectl apply -k …"
)
_MAKE_BUCKET = "insert into storage.buckets (id, name, public) values ({0}, {0}, false);"
_SHUT_BUCKET = "update storage.buckets set public = false where id = {0};"


def judge_doors(open_: Sequence[str]) -> Finding:
    if not open_:
        return fine("access", "users of the app reach nothing of ours; row level security is on everywhere")
    detail = f"users of the app could reach what is ours, in {len(open_)} ways"
    return Finding(Level.WRONG, "access", "access_open", detail, _sql(open_))


def judge_columns(missing: Sequence[str]) -> Finding:
    if not missing:
        return fine("columns", "every column that is read exists")
    fix = "Add these columns to the app's tables; until then, what they would decide is excluded."
    return Finding(Level.WRONG, "columns", "columns_missing", ", ".join(missing), fix)


def judge_triggers(missing: Sequence[Mapping[str, Any]]) -> Finding:
    if not missing:
        return fine("triggers", "every change that matters is heard")
    detail = "unheard: " + ", ".join(f"{one['event']} of {one['table']} ({one['state']})" for one in missing)
    statements = dict.fromkeys(one["fix"] for one in missing if one["fix"])
    gone = sorted({one["table"] for one in missing if not one["fix"]})
    steps = [_sql(statements)] if statements else []
    if gone:
        steps.append(f"Run the `create trigger` statements on {', '.join(gone)} in supabase/migrations again.")
    # What happened meanwhile was heard by nobody.
    steps.append("speechgrade-exporter backfill")
    return Finding(Level.WRONG, "triggers", "triggers_missing", detail, "\n".join(steps))


def judge_bucket(bucket: str, state: State) -> Finding | None:
    """A finding if the bucket is missing or public; null if it may be tried."""
    name = f"bucket {bucket}"
    if bucket not in state["buckets"]:
        return Finding(Level.WRONG, name, "bucket_missing", "does not exist", _MAKE_BUCKET.format(_literal(bucket)))
    if state["buckets"][bucket]:
        fix = _SHUT_BUCKET.format(_literal(bucket))
        return Finding(Level.WRONG, name, "bucket_public", "is open to everybody on the internet", fix)
    return None


def judge_queue(state: State) -> Iterator[Finding]:
    queue = state["queue"]
    if queue["dead"]:
        codes = ", ".join(f"{code} {count}" for code, count in sorted(queue["dead_codes"].items()))
        fix = "Mend what the codes name, then: speechgrade-exporter replay"
        yield Finding(Level.WRONG, "dead changes", "queue_dead", f"given up after five tries: {codes}", fix)
    if queue["oldest_seconds"] > QUEUE_AGE_LIMIT_S:
        detail = f"the oldest open change has waited for {spell(queue['oldest_seconds'])}"
        yield Finding(Level.WARN, "queue", "queue_old", detail, "Is one running? speechgrade-exporter serve")
    if queue["stuck_leases"]:
        detail = f"{queue['stuck_leases']} leases ran out over ten minutes ago and nobody took the changes"
        yield Finding(Level.WARN, "leases", "leases_expired", detail, "Start one: speechgrade-exporter serve")
    if not queue["dead"] and queue["oldest_seconds"] <= QUEUE_AGE_LIMIT_S:
        yield fine("queue", f"{queue['open']} open, {queue['leased']} leased, none dead")


def judge_running(services: Sequence[Mapping[str, Any]], renderer: str, anonymizer: str) -> Iterator[Finding]:
    """Whether an exporter runs, and whether it is of this version; ``services`` come with the youngest beat first."""
    name = "running exporter"
    if not services:
        yield Finding(Level.WARN, name, "exporter_not_running", "none has ever run, or all were stopped", _SERVE)
        return
    youngest = services[0]
    silent_s = float(youngest["silent_seconds"])
    if silent_s > SILENCE_LIMIT_S:
        detail = f"the last one fell silent {spell(silent_s)} ago without an end"
        yield Finding(Level.WRONG, name, "exporter_silent", detail, _SERVE)
        return
    facts = youngest["facts"]
    if (facts.get("renderer"), facts.get("anonymizer")) != (renderer, anonymizer):
        detail = "it renders or anonymizes by another version or name model than this command"
        yield Finding(Level.WARN, name, "exporter_outdated", detail, _SAME_RELEASE)
        return
    alive = sum(float(one["silent_seconds"]) <= SILENCE_LIMIT_S for one in services)
    yield fine(name, f"{alive} at work, heard {spell(silent_s)} ago")


def judge_subject_key(mine: str, state: State) -> Finding:
    """``mine`` is the check value of the key in the settings."""
    recorded = state["keys"].get("subject")
    if recorded == mine:
        return fine("subject key", "made the pseudonyms in this project")
    if recorded is not None:
        detail = "is not the key that made the pseudonyms in this project"
        fix = "Set SPEECHGRADE_SUBJECT_KEY to the former key. With another one, people change their splits."
        return Finding(Level.WRONG, "subject key", "subject_key_changed", detail, fix)
    if not state["included"]:
        return fine("subject key", "the first run will record it")
    detail = "examples exist and no key was recorded with them"
    return Finding(Level.WARN, "subject key", "subject_key_unrecorded", detail, "speechgrade-exporter once")


def judge_erasures(state: State) -> Finding:
    erasures = state["erasures"]
    if not erasures["pending"]:
        return fine("erasures", "every withdrawal is carried out")
    detail = f"{erasures['pending']} withdrawals wait, the oldest for {spell(erasures['oldest_seconds'])}"
    if erasures["oldest_seconds"] <= ERASURE_LIMIT_S:
        return fine("erasures", detail)
    return Finding(Level.WRONG, "erasures", "erasures_overdue", detail, "speechgrade-exporter once")


def judge_versions(state: State, renderer: str, anonymizer: str) -> Finding:
    others = sum(
        int(row["examples"])
        for row in state["versions"]
        if (row["renderer"], row["anonymizer"]) != (renderer, anonymizer)
    )
    if not others:
        return fine("versions", "every example is made by this version")
    detail = f"{others} examples were made by another renderer or anonymizer"
    return Finding(Level.WARN, "versions", "versions_outdated", detail, "speechgrade-exporter once")


def judge_hints(state: State, *, has_webhook: bool, uses_realtime: bool) -> Finding:
    hints = state["hints"]
    if uses_realtime and not hints["realtime"]:
        fix = "alter publication supabase_realtime add table llm.change_queue;"
        return Finding(Level.WARN, "hints", "realtime_unpublished", "Realtime does not hear of the queue", fix)
    if has_webhook and hints["pg_net"] and not hints["is_on"]:
        fix = "select llm.set_wake_up('https://…/webhook', 'the value of SPEECHGRADE_WEBHOOK_SECRET', 'operator');"
        return Finding(Level.WARN, "hints", "webhook_unset", "the database has no address for its hints", fix)
    if hints["is_on"] and not hints["pg_net"]:
        fix = "create extension pg_net;"
        return Finding(Level.WARN, "hints", "pg_net_missing", "an address for hints is set, but pg_net is missing", fix)
    ways = [way for way, on in (("webhook", hints["is_on"]), ("realtime", uses_realtime)) if on]
    return fine("hints", f"the queue is polled{''.join(f', and {way} hints come' for way in ways)}")


def _sql(statements: Sequence[str] | Mapping[str, object]) -> str:
    return "\n".join(f"{statement};" for statement in statements)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
