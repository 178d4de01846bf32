/** What of a scorer's answer goes on to the caller. */
import { isUuid } from "./ask.ts";
import { problemResponse, scorerFailed } from "./problem.ts";
import type { ScorerAnswer } from "./scorer.ts";

/** The members of a scorer's problem that are meant for people outside. */
const PUBLIC_MEMBERS = ["title", "retry", "reason", "score_id", "errors"];
const SOON = "1";

/** A score, a place to look for it, how far a batch is, or the problem that stands in their place. */
export function passed(answer: ScorerAnswer): Response {
  if (answer.status >= 400) return problem(answer);
  const { requested_by: _, ...body } = answer.body;
  if (answer.status !== 202) return Response.json(body);
  return Response.json(body, { status: 202, headers: { location: location(body), "retry-after": soon(answer) } });
}

/** What our own repeated call finds in flight is the score that was asked for, not a conflict. */
export function pendingIfOurs(answer: ScorerAnswer, evaluationId: string): ScorerAnswer {
  const { code, score_id } = answer.body;
  if (!answer.isRepeated || code !== "score_in_flight" || !isUuid(score_id)) return answer;
  return { ...answer, status: 202, body: { score_id, evaluation_id: evaluationId, status: "running" } };
}

function problem({ status, headers, body }: ScorerAnswer): Response {
  const members = Object.fromEntries(PUBLIC_MEMBERS.filter((name) => name in body).map((name) => [name, body[name]]));
  const wait = headers.get("retry-after");
  return problemResponse({ ...members, code: String(body.code) }, status, wait ? { "retry-after": wait } : {});
}

/** Relative to the address under which the function was called, whatever domain stands before it. */
function location({ score_id, batch_id }: Record<string, unknown>): string {
  if (isUuid(score_id)) return `?score_id=${score_id}`;
  if (isUuid(batch_id)) return `?batch_id=${batch_id}`;
  throw scorerFailed();
}

function soon({ headers }: ScorerAnswer): string {
  const wait = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(wait) ? wait : SOON;
}
