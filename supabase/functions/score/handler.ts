/** One request from beginning to end. Made of parts so that it can be tested without a port. */
import { idempotencyKey, requestedEvaluation } from "./body.ts";
import { verifiedCaller } from "./caller.ts";
import { preflight, withCors } from "./cors.ts";
import { refuseInvisible } from "./evaluation.ts";
import { bug, Problem, wrongMethod, wrongSettings } from "./problem.ts";
import { orderScore } from "./scorer.ts";
import type { InvalidSettings, Settings } from "./settings.ts";

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export type Handler = (request: Request) => Promise<Response>;

export function createHandler(settings: Settings | InvalidSettings, fetcher: typeof fetch = fetch): Handler {
  return async (request) => {
    const origins = "problems" in settings ? ["*"] : settings.allowedOrigins;
    const origin = request.headers.get("origin");
    if (request.method === "OPTIONS") return preflight(origin, origins);
    const requestId = matching(REQUEST_ID, request.headers.get("x-request-id")) ?? crypto.randomUUID();
    const response = await answered(request, requestId, settings, fetcher);
    response.headers.set("x-request-id", requestId);
    return withCors(response, origin, origins);
  };
}

async function answered(
  request: Request,
  requestId: string,
  settings: Settings | InvalidSettings,
  fetcher: typeof fetch,
): Promise<Response> {
  try {
    if (request.method !== "POST") throw wrongMethod();
    if ("problems" in settings) throw wrongSettings(settings.problems);
    const caller = await verifiedCaller(request, settings, fetcher);
    const evaluationId = await requestedEvaluation(request);
    const key = idempotencyKey(request);
    await refuseInvisible(caller.client, evaluationId);
    const traceparent = matching(TRACEPARENT, request.headers.get("traceparent"));
    const order = { evaluationId, userId: caller.userId, idempotencyKey: key, requestId, traceparent };
    return await orderScore(order, settings, fetcher);
  } catch (error) {
    if (error instanceof Problem) return error.response();
    console.error(JSON.stringify({ event: "internal_error", request_id: requestId, kind: (error as Error)?.name }));
    return bug().response();
  }
}

function matching(pattern: RegExp, value: string | null): string | null {
  return value !== null && pattern.test(value) ? value : null;
}
