/** What a caller may ask: a score, the scores of a course, or what became of one of them. */
import { jsonBody, refuseBody } from "./body.ts";
import { wrongMethod, wrongRequest } from "./problem.ts";

export type Ask =
  | { kind: "score"; evaluationId: string }
  | { kind: "batch"; courseId: string }
  | { kind: "look"; scoreId: string }
  | { kind: "progress"; batchId: string }
  | { kind: "cancel"; batchId: string };

export const METHODS = ["GET", "POST", "DELETE", "OPTIONS"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const KEY = /^[A-Za-z0-9._:-]{1,128}$/;

/** Throws `method_not_allowed`; the cheapest check, made before anything else. */
export function refuseMethod(request: Request): void {
  if (!METHODS.includes(request.method)) throw wrongMethod(METHODS.join(", "));
}

/** Throws `request_invalid` and the problems of a body that cannot be read. */
export async function understood(request: Request): Promise<Ask> {
  if (request.method === "POST") return ofBody(await jsonBody(request));
  refuseBody(request);
  return ofQuery(request.method, new URL(request.url).searchParams);
}

/** The caller's key, under which the scorer keeps one score at most; null when there is none. */
export function idempotencyKey(request: Request): string | null {
  const key = request.headers.get("idempotency-key");
  if (key !== null && !KEY.test(key)) {
    throw wrongRequest("The Idempotency-Key must be 1 to 128 letters, digits or any of ._:-");
  }
  return key;
}

export function isUuid(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}

function ofBody(body: Record<string, unknown>): Ask {
  const { evaluation_id, course_id } = body;
  if (Object.keys(body).length === 1) {
    if (isUuid(evaluation_id)) return { kind: "score", evaluationId: evaluation_id.toLowerCase() };
    if (isUuid(course_id)) return { kind: "batch", courseId: course_id.toLowerCase() };
  }
  throw wrongRequest('The body must be {"evaluation_id": "<uuid>"} or {"course_id": "<uuid>"} and nothing else.');
}

function ofQuery(method: string, query: URLSearchParams): Ask {
  const scores = query.getAll("score_id");
  const batches = query.getAll("batch_id");
  const [id] = [...scores, ...batches];
  if (scores.length + batches.length === 1 && isUuid(id)) {
    if (batches.length) return { kind: method === "DELETE" ? "cancel" : "progress", batchId: id.toLowerCase() };
    if (method === "GET") return { kind: "look", scoreId: id.toLowerCase() };
  }
  const wanted = method === "DELETE" ? "?batch_id=<uuid>" : "?score_id=<uuid> or ?batch_id=<uuid>";
  throw wrongRequest(`${method} wants ${wanted}.`);
}
