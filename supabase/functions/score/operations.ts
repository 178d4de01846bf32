/** What is done for each thing that may be asked. Nothing is given out that the caller may not see. */
import { pendingIfOurs } from "./answers.ts";
import type { Ask } from "./ask.ts";
import type { Caller } from "./caller.ts";
import { emptyCourse, unknownBatch, unknownEvaluation, unknownScore } from "./problem.ts";
import { isVisible, scorableOfCourse } from "./project.ts";
import type { Scorer, ScorerAnswer } from "./scorer.ts";
import type { Preference } from "./waiting.ts";

export interface Terms {
  /** The caller's key, or one of our own for our own repetition. */
  key: string;
  preference: Preference;
}

export async function done(ask: Ask, terms: Terms, caller: Caller, scorer: Scorer): Promise<ScorerAnswer> {
  switch (ask.kind) {
    case "score":
      return pendingIfOurs(await ordered(ask.evaluationId, terms, caller, scorer), ask.evaluationId);
    case "batch":
      return await orderedBatch(ask.courseId, terms, caller, scorer);
    case "look":
      return await found(ask.scoreId, terms.preference, caller, scorer);
    case "progress":
      return await ownBatch(ask.batchId, scorer);
    case "cancel":
      return await cancelled(ask.batchId, scorer);
  }
}

async function ordered(evaluationId: string, terms: Terms, caller: Caller, scorer: Scorer): Promise<ScorerAnswer> {
  if (!await isVisible(caller.client, evaluationId)) throw unknownEvaluation();
  return await scorer.answer({ method: "POST", path: "/v1/score", body: { evaluation_id: evaluationId }, ...terms });
}

async function orderedBatch(courseId: string, terms: Terms, caller: Caller, scorer: Scorer): Promise<ScorerAnswer> {
  const ids = await scorableOfCourse(caller.client, courseId);
  if (ids.length === 0) throw emptyCourse();
  return await scorer.answer({
    method: "POST",
    path: "/v1/score/batch",
    body: { evaluation_ids: ids },
    key: terms.key,
  });
}

/** Nobody is kept waiting for a score before it is known that they may see it. */
async function found(
  scoreId: string,
  preference: Preference,
  caller: Caller,
  scorer: Scorer,
): Promise<ScorerAnswer> {
  const path = `/v1/scores/${scoreId}`;
  const answer = await scorer.answer({ method: "GET", path });
  if (!await mayBeSeen(answer, caller, scorer)) throw unknownScore();
  const isWaitedFor = answer.status === 202 && !preference.isAsync && preference.waitS;
  return isWaitedFor ? await scorer.answer({ method: "GET", path, preference }) : answer;
}

async function mayBeSeen({ status, body }: ScorerAnswer, caller: Caller, scorer: Scorer): Promise<boolean> {
  const evaluationId = body.evaluation_id ?? null;
  if (typeof evaluationId === "string") return await isVisible(caller.client, evaluationId);
  if (body.requested_by === scorer.requestedBy) return true;
  // A problem of the service says nothing about the score, and concerns everybody.
  return status >= 500 && !("reason" in body) && !("score_id" in body) || status === 429;
}

async function ownBatch(batchId: string, scorer: Scorer): Promise<ScorerAnswer> {
  const answer = await scorer.answer({ method: "GET", path: batchPath(batchId) });
  const isService = answer.status >= 500 || answer.status === 429;
  if (!isService && answer.body.requested_by !== scorer.requestedBy) throw unknownBatch();
  return answer;
}

async function cancelled(batchId: string, scorer: Scorer): Promise<ScorerAnswer> {
  const own = await ownBatch(batchId, scorer);
  return own.status >= 400 ? own : await scorer.answer({ method: "DELETE", path: batchPath(batchId) });
}

function batchPath(batchId: string): string {
  return `/v1/score/batch/${batchId}`;
}
