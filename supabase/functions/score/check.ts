/**
 * How the function stands, for whoever operates it: `GET ?check` with a secret key of the project. It tells codes,
 * versions and the names of settings, and never a value.
 */
import { verifyAuth } from "@supabase/server/core";
import { wrongCredential } from "./problem.ts";
import type { InvalidSettings, Settings } from "./settings.ts";

export const FUNCTION_VERSION = "0.1.0";
const TIMEOUT_MS = 5_000;
const MOST_CHARS = 200;

export interface Finding {
  name: "settings" | "scorer" | "token" | "readiness";
  /** `ok`, or what is wrong. */
  code: string;
  detail: string;
}

type Body = Record<string, unknown>;
type Answer = { status: number; body: Body } | { code: string };

export function isCheck(request: Request): boolean {
  return request.method === "GET" && new URL(request.url).searchParams.has("check");
}

/** Throws `credential_missing` or `credential_wrong` for everybody but the holder of a secret key. */
export async function checked(
  request: Request,
  settings: Settings | InvalidSettings,
  fetcher: typeof fetch,
): Promise<Response> {
  const { data } = await verifyAuth(request, { auth: "secret:*", env: keysAlone(settings.secretKeys) });
  if (!data) throw wrongCredential(!request.headers.get("apikey"));
  const { findings, scorer } = "problems" in settings
    ? { findings: [wrongSettings(settings.problems)], scorer: null }
    : await ofScorer(settings, fetcher);
  const versions = { function: FUNCTION_VERSION, deployed: settings.deployed, scorer };
  return Response.json({ findings, versions, now: new Date().toISOString() });
}

async function ofScorer(
  settings: Settings,
  fetcher: typeof fetch,
): Promise<{ findings: Finding[]; scorer: Record<string, string> | null }> {
  const ask = (path: string) => answerOf(settings, path, fetcher);
  const [version, models, ready] = await Promise.all([ask("/version"), ask("/v1/models"), ask("/readyz")]);
  const settled: Finding = { name: "settings", code: "ok", detail: "complete" };
  if ("code" in version) return { findings: [settled, unreached(version.code)], scorer: null };
  const scorer = versionsIn(version.body);
  if (version.status !== 200 || !scorer) return { findings: [settled, unreached("scorer_unreadable")], scorer: null };
  const reached: Finding = { name: "scorer", code: "ok", detail: "answers" };
  return { findings: [settled, reached, tokenIn(models), readinessIn(ready)], scorer };
}

function wrongSettings(names: string[]): Finding {
  return { name: "settings", code: "settings_invalid", detail: names.join(", ") };
}

function unreached(code: string): Finding {
  return { name: "scorer", code, detail: "the function gets no answer of a scorer at SPEECHGRADE_SCORER_URL" };
}

function tokenIn(answer: Answer): Finding {
  if (!("code" in answer) && (answer.status === 401 || answer.status === 403)) {
    return {
      name: "token",
      code: "scorer_credential_refused",
      detail: "the scorer does not accept the function's token",
    };
  }
  if ("code" in answer || answer.status !== 200) {
    return { name: "token", code: "scorer_unreadable", detail: "what stands at SPEECHGRADE_SCORER_URL is no scorer" };
  }
  return { name: "token", code: "ok", detail: "accepted by the scorer" };
}

function readinessIn(answer: Answer): Finding {
  const reasons = "code" in answer ? [answer.code] : reasonsIn(answer.body);
  if (!("code" in answer) && answer.status === 200) {
    return { name: "readiness", code: "ok", detail: "scores can be given" };
  }
  return { name: "readiness", code: "scorer_not_ready", detail: reasons.join(", ") || "no reason was given" };
}

async function answerOf(settings: Settings, path: string, fetcher: typeof fetch): Promise<Answer> {
  try {
    const response = await fetcher(`${settings.scorerUrl}${path}`, {
      headers: { authorization: `Bearer ${settings.scorerToken}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "manual",
    });
    const text = await response.text();
    return { status: response.status, body: objectIn(text) };
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    return { code: isLate ? "scorer_timeout" : "scorer_unreachable" };
  }
}

function objectIn(text: string): Body {
  try {
    const body = JSON.parse(text);
    return body !== null && typeof body === "object" && !Array.isArray(body) ? body : {};
  } catch {
    return {};
  }
}

function versionsIn(body: Body): Record<string, string> | null {
  const { version, prompt_version, anonymizer_version } = body;
  const found = { version, prompt_version, anonymizer_version };
  if (!Object.values(found).every((one) => typeof one === "string")) return null;
  return Object.fromEntries(Object.entries(found).map(([name, one]) => [name, String(one).slice(0, MOST_CHARS)]));
}

/** Codes alone: whatever else an address answers is not passed on. */
function reasonsIn(body: Body): string[] {
  const reasons = Array.isArray(body.reasons) ? body.reasons : [];
  return reasons.filter((one): one is string => typeof one === "string" && /^[a-z0-9_]{1,60}$/.test(one));
}

function keysAlone(secretKeys: Record<string, string>) {
  // An empty key would be matched by an empty header.
  const keys = Object.entries(secretKeys).filter(([, key]) => typeof key === "string" && key.length >= 16);
  return { url: "http://localhost", publishableKeys: {}, secretKeys: Object.fromEntries(keys), jwks: null };
}
