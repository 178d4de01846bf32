/** The JSON body of a request, read no further and no longer than it may be. */
import { bodyTooLarge, bodyTooSlow, wrongMediaType, wrongRequest } from "./problem.ts";

const MAX_BYTES = 1024;
const PATIENCE_MS = 10_000;

/** Throws `media_type_unsupported`, `body_too_large`, `body_too_slow`, or `request_invalid` for what is no JSON object. */
export async function jsonBody(request: Request, patienceMs = PATIENCE_MS): Promise<Record<string, unknown>> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) throw wrongMediaType();
  const bytes = await bounded(request, patienceMs);
  try {
    const body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (body !== null && typeof body === "object" && !Array.isArray(body)) return body;
  } catch {
    // Falls through: not JSON.
  }
  throw wrongRequest("The body must be a JSON object.");
}

/** Throws `request_invalid` if a body was announced; what was not announced is never read. */
export function refuseBody(request: Request): void {
  const announced = request.headers.get("content-length") ?? "0";
  if (announced !== "0" || request.headers.has("transfer-encoding")) {
    throw wrongRequest(`${request.method} takes no body.`);
  }
}

async function bounded(request: Request, patienceMs: number): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, patienceMs);
  const bytes = await collected(reader).finally(() => clearTimeout(late));
  // A cancelled stream looks like one that ended.
  if (isLate) throw bodyTooSlow();
  return bytes;
}

async function collected(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_BYTES);
  for (let length = 0;;) {
    const { value, done } = await reader.read().catch(() => {
      throw wrongRequest("The body broke off.");
    });
    if (done) return bytes.subarray(0, length);
    if (length + value.length > MAX_BYTES) {
      await reader.cancel();
      throw bodyTooLarge();
    }
    bytes.set(value, length);
    length += value.length;
  }
}
