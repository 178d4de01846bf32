"""The demo, step by step. Each step is checked by a witness; whatever did not really happen ends it with an error."""

import hashlib
import secrets
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from speechgrade_local.demo.deployment import Deploy
from speechgrade_local.demo.gradebook import Decision, Enrolment, Evaluation, new_speeches
from speechgrade_local.demo.instructor import Instructor, points_off
from speechgrade_local.demo.proof import Witness, until
from speechgrade_local.demo.seeding import read_enrolments, write_decisions, write_evaluations, write_gradebook
from speechgrade_local.demo.summary import print_summary, write_summary
from speechgrade_local.errors import StepFailed
from speechgrade_local.stack import Stack
from speechgrade_local.tiny_base import ensure_tiny_base

SEED = 20260914
RECIPE = "tiny-cpu"
NEW_SPEECHES = 6
_NO_CHAMPION = 503


class Demo:
    """Holds what the steps hand to each other."""

    def __init__(self, repo: Path, state: Path, console: Console, deploy: Deploy) -> None:
        self.repo, self.state, self.console, self._deploy = repo, state, console, deploy
        self.summary: dict[str, Any] = {"seed": SEED, "recipe": RECIPE, "steps": {}}
        self._began = time.monotonic()
        self._scorer_token = secrets.token_urlsafe(32)
        # The demo's people do not exist, so their pseudonyms may be the same every time, and with them the splits.
        self._subject_key = hashlib.sha256(f"demo {SEED}".encode()).hexdigest()

    def run(self) -> None:
        """All steps, from an empty database to a withdrawn consent."""
        with self.step("making or finding the tiny base model"):
            models = ensure_tiny_base(self.repo / ".cache" / "tiny-base")
        # The thread that starts the engine outlives the stack: the kernel ends a process with the thread it came from.
        opened = Stack(self.repo, self.state, fresh=True, keep_data=True)
        with ThreadPoolExecutor(1) as background, opened as stack:
            self.stack = stack
            self._start_project()
            self.services = self._deploy(stack, models, self._settings)
            try:
                self._export()
                engine = background.submit(self.services.start_engine)
                self._train()
                self._serve(engine)
                self._score()
                self._withdraw()
                stack.check_alive()
            finally:
                self.services.stop()
        self._finish()

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        self.console.print(f"[bold]•[/] {what} …")
        yield
        seconds = time.monotonic() - began
        self.summary["steps"][what] = round(seconds, 1)
        self.console.print(f"  [green]done[/] in {seconds:.1f} s")

    def _start_project(self) -> None:
        stack = self.stack
        with self.step("starting PostgreSQL, applying the migrations, starting REST, Auth and Storage"):
            stack.start_postgres()
            stack.apply_migrations()
            stack.apply_seed()
            stack.start_supabase()
        self.witness = Witness(stack.database_url, stack.supabase_url, stack.secret_key)
        with self.step("seeding a department with mixed consent"):
            self.enrolments = read_enrolments(stack.database_url)
            written = write_gradebook(stack.database_url, self.enrolments, SEED)
            queued = self.witness.value("select count(*) from llm.change_queue")
            _insist(queued == written, "The triggers did not queue every evaluation.")

    def _export(self) -> None:
        with self.step("exporting what is consented"):
            self.services.export()
            self.summary["export"] = self.witness.counts()
            self.summary["dataset"] = self.witness.check_dataset()
            _insist(
                min(self.summary["dataset"][name] for name in ("train", "validation", "test")) > 0, "A split is empty."
            )

    def _train(self) -> None:
        with self.step("training a LoRA adapter, evaluating it on the test split"):
            answer = self.services.train(RECIPE)
        self.adapter = self.witness.check_adapter(answer["adapter_digest"])
        metrics = self.adapter["metrics"]
        test = metrics["test"]["who"]
        mae = {name: test[name]["mae"] for name in ("adapter", "base", "predict_mean", "best_constant")}
        self.summary["training"] = {
            "run_id": answer["run_id"],
            "digest": answer["adapter_digest"],
            "loss_before": metrics["loss"]["before"],
            "loss_after": metrics["loss"]["after"],
            "mae": mae,
            "valid_answers": test["adapter"]["valid"],
        }
        _insist(metrics["loss"]["after"] < metrics["loss"]["before"], "Training did not lower the validation loss.")
        # A rival without an error gave no valid answer at all.
        for rival in ("base", "predict_mean", "best_constant"):
            _insist(
                mae[rival] is None or mae["adapter"] < mae[rival],
                f"The adapter does not beat {rival.replace('_', ' ')} on the test split.",
            )
        report = self.state / "evaluation-report.html"
        self.services.keep_report(answer["report"], report)
        self.summary["report"] = str(report)
        with self.step("promoting it to champion"):
            self.services.promote(answer["adapter_digest"], "the demo's first adapter")

    def _serve(self, engine: "Future[None]") -> None:
        with self.step("starting vLLM, the scorer and the Edge Function"):
            engine.result()
            self.services.start_serving()
            self.summary["engine_models"] = self.services.engine_models()
            _insist(self.adapter["name"] in self.summary["engine_models"], "vLLM does not list the champion.")

    def _score(self) -> None:
        with self.step(f"scoring {NEW_SPEECHES} new speeches through the Edge Function, as their instructor"):
            speeches = self._upload_new_speeches()
            instructor = self._sign_in(speeches[0].enrolment)
            answers = [instructor.score(speech) for speech in speeches]
        off = [
            points for answer, speech in zip(answers, speeches, strict=True) for points in points_off(answer, speech)
        ]
        named = self.witness.rows(
            "select distinct model_used from public.evaluations where id = any (%s::uuid[])", [s.id for s in speeches]
        )
        _insist(len(named) == 1, "The evaluations do not name one model.")
        self.summary["model_used"] = named[0]["model_used"]
        _insist(self.adapter["name"] in self.summary["model_used"], "model_used does not name the adapter.")
        self.summary["scored"] = {
            "count": len(answers),
            "points_off": statistics.fmean(off),
            "evaluations": [speech.id for speech in speeches],
        }
        stranger = self._sign_in(
            next(e for e in self.enrolments if e.instructor_id != speeches[0].enrolment.instructor_id)
        )
        _insist(stranger.ask_for_score(speeches[0].id).status == 404, "Another instructor could ask for the score.")
        _insist(self._sign_in(None).ask_for_score(speeches[0].id).status == 401, "A stranger could ask for the score.")
        self.instructor, self.scored = instructor, speeches

    def _withdraw(self) -> None:
        with self.step("withdrawing one student's consent"):
            student = self._somebody_in_the_training_data()
            before = self.summary["dataset"]
            old_shards = self._shards_of(student)
            with psycopg.connect(self.stack.database_url) as connection:
                write_decisions(connection, self._refusals(student))
            self.services.export()
            after = self.witness.check_dataset()
            _insist(after["examples"] < before["examples"], "The dataset did not shrink.")
            left = [path for path in old_shards if self.witness.exists("llm-datasets", path)]
            _insist(not left, "An object with the withdrawn speeches is still in the bucket.")
            certified = self.witness.value("select count(*) from llm.erasures where completed_at is not null")
            _insist(certified > 0, "The withdrawal has no certificate.")
            status = self.witness.value("select status from llm.adapters where digest = %s", self.adapter["digest"])
            _insist(status == "tainted", "The adapter that learned from the student is not tainted.")
        with self.step("waiting until the tainted adapter is served no more"):
            until("Unloading the tainted adapter", self._is_unloaded, lambda: time.sleep(0.5), tries=60)
            refused = self.instructor.ask_for_score(self.scored[0].id)
            _insist(refused.status == _NO_CHAMPION, "Scoring went on with a tainted adapter.")
        self.summary["withdrawal"] = {
            "examples_before": before["examples"],
            "examples_after": after["examples"],
            "digest_after": after["digest"],
            "objects_erased": len(old_shards),
            "certificates": certified,
            "adapter_status": status,
            "scoring_answers": f"{refused.status} {refused.body.get('code', '')}".strip(),
        }

    def _finish(self) -> None:
        self.summary["seconds"] = round(time.monotonic() - self._began, 1)
        write_summary(self.state / "summary.json", self.summary)
        print_summary(self.console, self.summary)
        self.console.print(f"The same as JSON: {self.state / 'summary.json'}")

    def _upload_new_speeches(self) -> list[Evaluation]:
        # Their students never agreed to training: being scored needs no such consent.
        silent = self.witness.rows(
            "select s.id::text from public.course_students s join public.courses c on c.id = s.course_id"
            " where llm_private.student_decision(c.id, s.id) <> 'granted' order by s.id"
        )
        wanted = {row["id"] for row in silent}
        chosen = [e for e in self.enrolments if e.id in wanted]
        owner = next(e.instructor_id for e in chosen if sum(o.instructor_id == e.instructor_id for o in chosen) > 1)
        own = [e for e in chosen if e.instructor_id == owner]
        speeches = list(new_speeches((own * NEW_SPEECHES)[:NEW_SPEECHES], SEED + 1))
        with psycopg.connect(self.stack.database_url) as connection:
            write_evaluations(connection, speeches)
        return speeches

    def _sign_in(self, enrolment: Enrolment | None) -> Instructor:
        token = ""
        if enrolment is not None:
            email = self.witness.value("select email from auth.users where id = %s", enrolment.instructor_id)
            token = self.stack.sign_user_token(enrolment.instructor_id, email)
        return Instructor(self.stack.functions_url, self.stack.publishable_key, token)

    def _somebody_in_the_training_data(self) -> str:
        rows = self.witness.rows(
            "select m.subject_hash, count(*) from llm.dataset_members m join llm.datasets d on d.id = m.dataset_id"
            " where d.status = 'current' and m.split = 'train' group by 1 order by 2 desc, 1 limit 1"
        )
        return str(rows[0]["subject_hash"])

    def _shards_of(self, subject: str) -> list[str]:
        rows = self.witness.rows("select distinct shard_path from llm.dataset_members where subject_hash = %s", subject)
        return [row["shard_path"] for row in rows]

    def _refusals(self, subject: str) -> list[Decision]:
        rows = self.witness.rows(
            "select distinct e.student_id::text as id from llm.training_data t"
            " join public.evaluations e on e.id = t.evaluation_id where t.subject_hash = %s",
            subject,
        )
        ids = {row["id"] for row in rows}
        now = self.witness.value("select now()::text")
        return [Decision(e, "llm_training", given=False, at=now) for e in self.enrolments if e.id in ids]

    def _is_unloaded(self) -> bool:
        self.stack.check_alive()
        return self.adapter["name"] not in self.services.engine_models()

    @property
    def _settings(self) -> dict[str, str]:
        return {
            "SPEECHGRADE_SCORER_TOKEN": self._scorer_token,
            "SPEECHGRADE_SUBJECT_KEY": self._subject_key,
            # So few people make small splits; larger shares make their errors mean more.
            "SPEECHGRADE_TEST_SHARE": "0.25",
            "SPEECHGRADE_VALIDATION_SHARE": "0.15",
            "SPEECHGRADE_LOG_LEVEL": "warning",
        }


def _insist(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StepFailed(otherwise)
