/** The ids that tie a request to its logs here and in the scorer: taken over where they are valid, else made. */

export interface Trace {
  requestId: string;
  traceId: string;
  /** Ours, and the caller's where there is one. */
  spanId: string;
  parentId: string | null;
  /** W3C trace context of this hop: the caller's trace, a span of our own. */
  traceparent: string;
  /** What others on the way have noted, passed on as it came; null where there is none. */
  tracestate: string | null;
}

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Sampled, and made at random: the flags that version 00 and level 2 of the specification define. */
const KNOWN_FLAGS = 0x03;
const SAMPLED = 0x01;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** `isRecorded`: our span will be told, so that those after it belong to something that is there. */
export function traceOf(headers: Headers, isRecorded = false): Trace {
  const given = headers.get("x-request-id") ?? "";
  const parent = parsed(headers.get("traceparent") ?? "");
  const { traceId, flags } = parent ?? { traceId: hex(16), flags: 0 };
  const spanId = hex(8);
  const told = isRecorded ? flags | SAMPLED : flags;
  const state = headers.get("tracestate") ?? "";
  return {
    requestId: REQUEST_ID.test(given) ? given : crypto.randomUUID(),
    traceId,
    spanId,
    parentId: parent?.spanId ?? null,
    traceparent: `00-${traceId}-${spanId}-${told.toString(16).padStart(2, "0")}`,
    tracestate: parent && TRACESTATE.test(state) ? state : null,
  };
}

function parsed(traceparent: string): { traceId: string; spanId: string; flags: number } | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(traceparent) ?? [];
  if (!traceId || !spanId || !flags || version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: parseInt(flags, 16) & KNOWN_FLAGS };
}

function hex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  // An id of zeros is none.
  random[0] = (random[0] ?? 0) || 1;
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
