/** The function's own step in a trace, told to a collector after the answer; nobody waits for it, or hears that it failed. */
import { METHODS } from "./ask.ts";
import type { Entry } from "./journal.ts";
import type { Trace } from "./trace.ts";

/** When something began and how long it took, in milliseconds. */
export interface Duration {
  began: number;
  ms: number;
}

const NAME = "function.score";
const WITHIN_MS = 2000;
const CODE = /^[a-z0-9_]{1,64}$/;
const SERVER = 2;
const ERROR = 2;

type Background = { waitUntil?: (work: Promise<unknown>) => void };

/** Sends the span of one request; it is over when it has arrived, or is given up. */
export async function tell(endpoint: string, trace: Trace, entry: Entry, took: Duration, fetcher: typeof fetch) {
  try {
    const response = await fetcher(`${endpoint}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asOtlp(trace, entry, took)),
      signal: AbortSignal.timeout(WITHIN_MS),
      redirect: "manual",
    });
    await response.body?.cancel();
  } catch {
    // A span that is lost is lost.
  }
}

/** Lets work go on after the answer, where the platform has a word for it; elsewhere the process goes on anyway. */
export function inBackground(work: Promise<unknown>): void {
  (globalThis as { EdgeRuntime?: Background }).EdgeRuntime?.waitUntil?.(work);
}

/** Codes and counts only, as OTLP has them in JSON: ids in hex, 64-bit numbers as text. */
function asOtlp(trace: Trace, entry: Entry, { began, ms }: Duration) {
  const attributes = [
    text("http.request.method", METHODS.includes(entry.method) ? entry.method : "_OTHER"),
    { key: "http.response.status_code", value: { intValue: String(entry.status) } },
    ...(entry.operation ? [text("speechgrade.operation", entry.operation)] : []),
    ...(entry.code ? [text("error.type", CODE.test(entry.code) ? entry.code : "unfit")] : []),
  ];
  const span = {
    traceId: trace.traceId,
    spanId: trace.spanId,
    ...(trace.parentId ? { parentSpanId: trace.parentId } : {}),
    name: NAME,
    kind: SERVER,
    startTimeUnixNano: nanoseconds(began),
    endTimeUnixNano: nanoseconds(began + ms),
    attributes,
    status: entry.status >= 500 ? { code: ERROR } : {},
  };
  const resource = { attributes: [text("service.name", "speechgrade-function")] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "speechgrade" }, spans: [span] }] }] };
}

function text(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

function nanoseconds(ms: number): string {
  return (BigInt(Math.round(ms)) * 1_000_000n).toString();
}
