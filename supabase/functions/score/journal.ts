/** One line of JSON for each request: ids, codes and durations; never a user, a token or a text. */

export interface Entry {
  request_id: string;
  trace_id: string;
  method: string;
  /** What was asked, once it was understood. */
  operation: string | null;
  status: number;
  /** The code of the problem that was answered. */
  code: string | null;
  ms: number;
}

export function note(entry: Entry): void {
  const line = JSON.stringify({ event: "request", ...entry });
  if (entry.status >= 500) console.error(line);
  else console.info(line);
}

/** A bug: its kind and where it was thrown, not its message, which could quote what was asked. */
export function noteBug(error: unknown, requestId: string): void {
  const kind = error instanceof Error ? error.name : typeof error;
  const place = error instanceof Error ? /\/([\w.]+:\d+):\d+\)?$/m.exec(error.stack ?? "")?.[1] : undefined;
  console.error(JSON.stringify({ event: "internal_error", request_id: requestId, kind, place: place ?? null }));
}
