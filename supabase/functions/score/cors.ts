/** Cross-origin rules: which pages may call, and which headers pass. */

const ALLOWED_HEADERS =
  "authorization, apikey, content-type, x-client-info, x-request-id, traceparent, idempotency-key";
const EXPOSED_HEADERS = "x-request-id, retry-after";
const PREFLIGHT_SECONDS = "600";

export function preflight(origin: string | null, allowed: string[]): Response {
  return withCors(new Response(null, { status: 204 }), origin, allowed, {
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": ALLOWED_HEADERS,
    "access-control-max-age": PREFLIGHT_SECONDS,
  });
}

export function withCors(
  response: Response,
  origin: string | null,
  allowed: string[],
  extra: Record<string, string> = {},
): Response {
  const headers = response.headers;
  headers.append("vary", "Origin");
  const permitted = allowed.includes("*") ? "*" : origin && allowed.includes(origin) ? origin : undefined;
  if (!permitted) return response;
  headers.set("access-control-allow-origin", permitted);
  headers.set("access-control-expose-headers", EXPOSED_HEADERS);
  for (const [name, value] of Object.entries(extra)) headers.set(name, value);
  return response;
}
