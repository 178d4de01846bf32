/** The call of the scorer, and what of its answer goes on to the caller. */
import { Problem, problemResponse, scorerFailed, scorerRefused, scorerTimeout, scorerUnavailable } from "./problem.ts";
import type { Settings } from "./settings.ts";

export interface Order {
  evaluationId: string;
  userId: string;
  idempotencyKey: string | null;
  requestId: string;
  traceparent: string | null;
}

/** The members of a scorer's problem that are meant for people outside. */
const PUBLIC_MEMBERS = ["title", "retry", "reason", "score_id", "errors"];
const PASSED_HEADERS = ["retry-after"];

export async function orderScore(order: Order, settings: Settings, fetcher: typeof fetch): Promise<Response> {
  const answer = await asked(order, settings, fetcher);
  const body = await readable(answer);
  if (answer.ok) {
    return new Response(JSON.stringify(body), { status: 200, headers: { "content-type": "application/json" } });
  }
  return refusal(answer, body);
}

async function asked(order: Order, settings: Settings, fetcher: typeof fetch): Promise<Response> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${settings.scorerToken}`,
    "content-type": "application/json",
    "x-request-id": order.requestId,
    "x-requested-by": `user:${order.userId}`,
  };
  if (order.idempotencyKey) headers["idempotency-key"] = order.idempotencyKey;
  if (order.traceparent) headers.traceparent = order.traceparent;
  try {
    return await fetcher(`${settings.scorerUrl}/v1/score`, {
      method: "POST",
      headers,
      body: JSON.stringify({ evaluation_id: order.evaluationId }),
      signal: AbortSignal.timeout(settings.scorerTimeoutMs),
      redirect: "manual",
    });
  } catch (error) {
    throw failure(error);
  }
}

async function readable(answer: Response): Promise<Record<string, unknown>> {
  try {
    const body = await answer.json();
    if (body !== null && typeof body === "object") return body;
  } catch (error) {
    if (error instanceof DOMException) throw failure(error);
  }
  throw answer.status >= 500 ? scorerUnavailable() : scorerFailed();
}

function refusal(answer: Response, body: Record<string, unknown>): Response {
  // A wrong token of ours must not look to the app as if its user were signed out.
  if (answer.status === 401 || answer.status === 403) throw scorerRefused();
  if (answer.status < 400 || typeof body.code !== "string") throw scorerFailed();
  const members = Object.fromEntries(PUBLIC_MEMBERS.filter((name) => name in body).map((name) => [name, body[name]]));
  const headers = PASSED_HEADERS.flatMap((name) => {
    const value = answer.headers.get(name);
    return value ? [[name, value]] : [];
  });
  return problemResponse({ ...members, code: body.code }, answer.status, Object.fromEntries(headers));
}

function failure(error: unknown): Problem {
  return error instanceof DOMException && error.name === "TimeoutError" ? scorerTimeout() : scorerUnavailable();
}
