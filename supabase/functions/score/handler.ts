/** One request from beginning to end. Made of parts so that it can be tested without a port. */
import { passed } from "./answers.ts";
import { idempotencyKey, refuseMethod, understood } from "./ask.ts";
import { verifiedCaller } from "./caller.ts";
import { checked, isCheck } from "./check.ts";
import { preflight, withCors } from "./cors.ts";
import { type Entry, note, noteBug } from "./journal.ts";
import { done } from "./operations.ts";
import { bug, Problem, wrongSettings } from "./problem.ts";
import { Scorer } from "./scorer.ts";
import type { InvalidSettings, Settings } from "./settings.ts";
import { inBackground, tell } from "./span.ts";
import { type Trace, traceOf } from "./trace.ts";
import { preferenceOf } from "./waiting.ts";

type Told = Pick<Entry, "operation" | "code">;
export type Handler = (request: Request) => Promise<Response>;

export function createHandler(settings: Settings | InvalidSettings, fetcher: typeof fetch = fetch): Handler {
  const origins = "problems" in settings ? [] : settings.allowedOrigins;
  const collector = "problems" in settings ? null : settings.otlpEndpoint;
  return async (request) => {
    const origin = request.headers.get("origin");
    if (request.method === "OPTIONS") return preflight(origin, origins);
    const began = performance.now();
    const trace = traceOf(request.headers, collector !== null);
    const told: Told = { operation: null, code: null };
    const response = await answered(request, trace, told, settings, fetcher);
    const ms = Math.round(performance.now() - began);
    const ids = { request_id: trace.requestId, trace_id: trace.traceId };
    const entry = { ...ids, method: request.method, ...told, status: response.status, ms };
    note(entry);
    const took = { began: Date.now() - ms, ms };
    if (collector !== null) inBackground(tell(collector, trace, entry, took, fetcher));
    response.headers.set("x-request-id", trace.requestId);
    response.headers.set("cache-control", "no-store");
    response.headers.set("x-content-type-options", "nosniff");
    return withCors(response, origin, origins);
  };
}

async function answered(
  request: Request,
  trace: Trace,
  told: Told,
  settings: Settings | InvalidSettings,
  fetcher: typeof fetch,
): Promise<Response> {
  try {
    refuseMethod(request);
    if (isCheck(request)) {
      told.operation = "check";
      return await checked(request, settings, fetcher);
    }
    if ("problems" in settings) throw wrongSettings(settings.problems);
    const caller = await verifiedCaller(request, settings, fetcher);
    const ask = await understood(request);
    told.operation = ask.kind;
    const key = idempotencyKey(request) ?? crypto.randomUUID();
    const scorer = new Scorer(settings, fetcher, trace, caller.userId);
    const answer = await done(ask, { key, preference: preferenceOf(request.headers) }, caller, scorer);
    if (answer.status >= 400) told.code = String(answer.body.code);
    return passed(answer);
  } catch (error) {
    if (!(error instanceof Problem)) noteBug(error, trace.requestId);
    const problem = error instanceof Problem ? error : bug();
    told.code = problem.code;
    return problem.response();
  }
}
