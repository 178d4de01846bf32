/** Cross-origin rules: which pages may call, how, and which headers pass. */
import { METHODS } from "./ask.ts";

/** What supabase-js sends, and what this function understands beyond that. */
const ALLOWED_HEADERS = [
  ...["authorization", "apikey", "content-type", "x-client-info", "x-retry-count", "x-region"],
  ...["traceparent", "tracestate", "baggage", "x-request-id", "idempotency-key", "prefer"],
].join(", ");
const EXPOSED_HEADERS = "location, retry-after, x-request-id";
const PREFLIGHT_SECONDS = "600";
const ANY = "*";

export function preflight(origin: string | null, allowed: string[]): Response {
  const response = withCors(new Response(null, { status: 204 }), origin, allowed);
  if (response.headers.has("access-control-allow-origin")) {
    response.headers.set("access-control-allow-methods", METHODS.join(", "));
    response.headers.set("access-control-allow-headers", ALLOWED_HEADERS);
    response.headers.set("access-control-max-age", PREFLIGHT_SECONDS);
  }
  return response;
}

/** Origins are compared whole, and one that is not listed is never repeated. No cookies are used, so `*` is harmless. */
export function withCors(response: Response, origin: string | null, allowed: string[]): Response {
  response.headers.append("vary", "Origin");
  const permitted = allowed.includes(ANY) ? ANY : allowed.find((one) => one === origin);
  if (permitted === undefined) return response;
  response.headers.set("access-control-allow-origin", permitted);
  response.headers.set("access-control-expose-headers", EXPOSED_HEADERS);
  return response;
}
