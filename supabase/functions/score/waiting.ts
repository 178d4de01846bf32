/** How long the scorer may keep a caller waiting: what the caller prefers (RFC 7240), bounded by what we can wait. */

export interface Preference {
  /** Whether the caller would rather be told at once to come back. */
  isAsync: boolean;
  /** Whole seconds; undefined: as long as may be. */
  waitS: number | undefined;
}

/** What is left for the scorer's answer to travel, after it has stopped to wait. */
const MARGIN_MS = 5_000;

export function preferenceOf(headers: Headers): Preference {
  const preferences = (headers.get("prefer") ?? "").toLowerCase().split(",").map((one) => one.split(";")[0]?.trim());
  const wait = preferences.map((one) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(one ?? "")?.[1]).find((one) => one);
  return { isAsync: preferences.includes("respond-async"), waitS: wait === undefined ? undefined : Number(wait) };
}

/** The header `Prefer` for the scorer, when `leftMs` are left until we must have answered. */
export function boundedPrefer({ isAsync, waitS }: Preference, leftMs: number): string {
  if (isAsync && waitS === undefined) return "respond-async";
  const most = Math.max(0, Math.floor((leftMs - MARGIN_MS) / 1000));
  return `wait=${Math.min(waitS ?? most, most)}`;
}
