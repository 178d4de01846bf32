"""Who runs is known from its beats, and who ended in order is not missed."""

import json

from .conftest import Connection


def beat(db: Connection, worker: str, facts: dict[str, str] | None) -> None:
    db.execute("select llm.beat('exporter', %s, %s)", (worker, json.dumps(facts) if facts is not None else None))


def running(db: Connection) -> list[dict[str, object]]:
    (row,) = db.execute("select llm.running_services() as found").fetchall()
    return list(row["found"])


def test_a_beat_is_heard_renewed_and_ended(db: Connection) -> None:
    beat(db, "one", {"version": "1"})
    beat(db, "one", {"version": "2"})
    beat(db, "two", {"version": "2"})
    assert [one["facts"] for one in running(db)] == [{"version": "2"}] * 2
    beat(db, "one", None)
    beat(db, "two", None)
    assert running(db) == []


def test_the_youngest_beat_comes_first_and_silence_is_told_in_seconds(db: Connection) -> None:
    beat(db, "dead", {"version": "1"})
    db.execute("update llm.heartbeats set beat_at = now() - interval '10 minutes'")
    beat(db, "alive", {"version": "2"})
    alive, dead = running(db)
    assert alive["facts"] == {"version": "2"}
    assert (alive["silent_seconds"], dead["silent_seconds"]) == (0, 600)


def test_a_training_machine_is_missed_until_it_keeps_nothing_and_is_no_exporter(db: Connection) -> None:
    def machine(facts: str | None) -> None:
        db.execute("select llm.beat('trainer-sweep', 'm', %s)", (facts,))

    def silent() -> int:
        (row,) = db.execute("select llm.vital_signs() ->> 'silent_machines' as n").fetchall()
        return int(row["n"])

    machine("{}")
    assert (silent(), running(db)) == (0, [])
    db.execute("update llm.heartbeats set beat_at = now() - interval '30 days'")
    beat(db, "one", {})
    assert (silent(), len(running(db))) == (1, 1)
    machine(None)
    assert silent() == 0


def test_what_has_been_silent_for_a_week_is_forgotten(db: Connection) -> None:
    beat(db, "old", {})
    db.execute("update llm.heartbeats set beat_at = now() - interval '8 days'")
    beat(db, "new", {})
    assert len(running(db)) == 1
