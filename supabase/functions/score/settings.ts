/** What the function must know, read once at start. */
import { fromSupabaseUrl } from "@supabase/server";
import { resolveEnv } from "@supabase/server/core";

type ResolvedEnv = NonNullable<ReturnType<typeof resolveEnv>["data"]>;

/** What the self-check needs, whether or not the rest is there. */
export interface CheckSettings {
  /** The project's secret keys, only ever compared with what a caller shows. */
  secretKeys: Record<string, string>;
  /** The digest of the source that was deployed; null where nobody has said it. */
  deployed: string | null;
}

export interface Settings extends CheckSettings {
  /** The project, without its secret keys: nothing here goes around row level security. */
  project: ResolvedEnv;
  issuer: string;
  scorerUrl: string;
  scorerToken: string;
  /** How long all calls of the scorer for one request may take together. */
  scorerTimeoutMs: number;
  /** Pages that may call, as browsers name them (scheme, host, port); `*` for all. */
  allowedOrigins: string[];
  /** Where traces go: the base address of a collector that takes OTLP over HTTP; null where none are made. */
  otlpEndpoint: string | null;
}

/** The names of what is missing or wrong, never the values. */
export interface InvalidSettings extends CheckSettings {
  problems: string[];
}

const MIN_TOKEN_BYTES = 32;
/** With what comes before it (body, keys, project), the scorer's time stays within the platform's 150 s without a byte. */
const MOST_TIMEOUT_MS = 120_000;

export function readSettings(env: Record<string, string>): Settings | InvalidSettings {
  const { data: resolved } = resolveEnv(projectOverrides(env));
  const scorerUrl = httpUrl(env.SPEECHGRADE_SCORER_URL);
  const scorerToken = env.SPEECHGRADE_SCORER_TOKEN ?? "";
  const scorerTimeoutMs = Number(env.SPEECHGRADE_SCORER_TIMEOUT_MS || MOST_TIMEOUT_MS);
  const allowedOrigins = (env.SPEECHGRADE_ALLOWED_ORIGINS || "*").split(",").map((origin) => origin.trim());
  const otlpEndpoint = env.SPEECHGRADE_OTLP_ENDPOINT ? httpUrl(env.SPEECHGRADE_OTLP_ENDPOINT) : null;
  const problems = [
    !resolved && "SUPABASE_URL",
    resolved && !resolved.jwks && "SUPABASE_JWKS",
    resolved && !resolved.publishableKeys.default && "SUPABASE_PUBLISHABLE_KEYS",
    !scorerUrl && "SPEECHGRADE_SCORER_URL",
    new TextEncoder().encode(scorerToken).length < MIN_TOKEN_BYTES && "SPEECHGRADE_SCORER_TOKEN",
    !(scorerTimeoutMs > 0 && scorerTimeoutMs <= MOST_TIMEOUT_MS) && "SPEECHGRADE_SCORER_TIMEOUT_MS",
    !allowedOrigins.every(isOrigin) && "SPEECHGRADE_ALLOWED_ORIGINS",
    otlpEndpoint === undefined && "SPEECHGRADE_OTLP_ENDPOINT",
  ].filter((problem) => typeof problem === "string");
  const check = checkSettings(env);
  if (!resolved || !scorerUrl || otlpEndpoint === undefined || problems.length) return { ...check, problems };
  return {
    ...check,
    project: { ...resolved, secretKeys: {} },
    issuer: env.SPEECHGRADE_JWT_ISSUER || fromSupabaseUrl(env.SUPABASE_PUBLIC_URL || resolved.url),
    scorerUrl,
    scorerToken,
    scorerTimeoutMs,
    allowedOrigins,
    otlpEndpoint: otlpEndpoint?.replace(/\/v1\/traces$/, "") ?? null,
  };
}

/** Lets a test hand in an environment of its own; in production these are the variables the package reads itself. */
function projectOverrides(env: Record<string, string>): Partial<ResolvedEnv> {
  const overrides: Partial<ResolvedEnv> = {};
  if (env.SUPABASE_URL) overrides.url = env.SUPABASE_URL;
  const keys = json(env.SUPABASE_PUBLISHABLE_KEYS);
  if (keys) overrides.publishableKeys = keys as Record<string, string>;
  const jwks = json(env.SUPABASE_JWKS);
  if (jwks) overrides.jwks = (Array.isArray(jwks) ? { keys: jwks } : jwks) as ResolvedEnv["jwks"];
  return overrides;
}

function checkSettings(env: Record<string, string>): CheckSettings {
  const keys = json(env.SUPABASE_SECRET_KEYS);
  const deployed = env.SPEECHGRADE_FUNCTION_DIGEST ?? "";
  return {
    secretKeys: keys !== null && typeof keys === "object" ? keys as Record<string, string> : {},
    deployed: /^[0-9a-f]{64}$/.test(deployed) ? deployed : null,
  };
}

function json(text: string | undefined): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function httpUrl(text: string | undefined): string | undefined {
  return text && /^https?:\/\//.test(text) && URL.canParse(text) ? text.replace(/\/+$/, "") : undefined;
}

/** Anything else, a trailing slash above all, would never match what a browser sends. */
function isOrigin(text: string): boolean {
  return text === "*" || /^[a-z][a-z0-9+.-]*:\/\/[^\/\s]+$/.test(text);
}
