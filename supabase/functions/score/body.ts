/** What a caller may ask: one evaluation by its id. */
import { wrongBody, wrongKey } from "./problem.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_BYTES = 1024;

export async function requestedEvaluation(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BYTES) throw wrongBody();
  const body = parsed(await request.text());
  const keys = Object.keys(body);
  const id = body.evaluation_id;
  if (keys.length !== 1 || typeof id !== "string" || !UUID.test(id)) throw wrongBody();
  return id.toLowerCase();
}

/** The caller's key, under which the scorer keeps one score at most. */
export function idempotencyKey(request: Request): string | null {
  const key = request.headers.get("idempotency-key");
  if (key !== null && !UUID.test(key)) throw wrongKey();
  return key;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const body = JSON.parse(text);
    if (text.length <= MAX_BYTES && body !== null && typeof body === "object" && !Array.isArray(body)) return body;
  } catch {
    // Falls through: not JSON.
  }
  throw wrongBody();
}
