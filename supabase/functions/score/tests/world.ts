/** A project with its own signing key, and a scripted network: REST under row level security, and the scorer. */
import { equal } from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createHandler, type Handler } from "../handler.ts";
import { readSettings } from "../settings.ts";

export const PROJECT = "http://127.0.0.1:54321";
export const SCORER = "http://scorer.internal";
export const SCORER_TOKEN = "s".repeat(40);
export const USER = "6a6f3e1c-8a55-4a6e-9d0e-0f8d8c1a2b3c";
export const OTHER = "5b5b5b5b-8a55-4a6e-9d0e-0f8d8c1a2b3c";
export const EMAIL = "ada@example.org";
export const VISIBLE = "11111111-1111-4111-8111-111111111111";
export const INVISIBLE = "22222222-2222-4222-8222-222222222222";
export const COURSE = "33333333-3333-4333-8333-333333333333";
export const SCORE = "44444444-4444-4444-8444-444444444444";
export const BATCH = "55555555-5555-4555-8555-555555555555";

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
type Script = (request: Request, call: number) => Response | Promise<Response>;

export interface TokenChanges {
  claims?: Record<string, unknown>;
  key?: Key;
  kid?: string;
}

/** What the handler writes while tests run. */
export const journal: string[] = [];
console.info = console.error = (line: string) => void journal.push(line);

export class World {
  readonly sent: Request[] = [];
  scorer: Script = () => Response.json({ score_id: SCORE, model_used: "base@1+sg-1+r1" });
  rest: (request: Request) => Response | Promise<Response> | undefined = () => undefined;
  /** The scorable evaluations of COURSE that the user sees. */
  ofCourse: string[] = [];
  /** The most rows that REST gives at once, whatever is asked. */
  restCut = 1000;
  handler: Handler;

  private constructor(readonly env: Record<string, string>, readonly key: Key) {
    this.handler = createHandler(readSettings(env), this.fetch);
  }

  static async create(changes: Record<string, string> = {}): Promise<World> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" };
    const env = {
      SUPABASE_URL: PROJECT,
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: "sb_publishable_test" }),
      SUPABASE_JWKS: JSON.stringify({ keys: [jwk] }),
      SPEECHGRADE_SCORER_URL: `${SCORER}/`,
      SPEECHGRADE_SCORER_TOKEN: SCORER_TOKEN,
      ...changes,
    };
    return new World(env, privateKey);
  }

  /** A user's token; a claim that is changed to undefined is left out. */
  token({ claims = {}, key = this.key, kid = "k1" }: TokenChanges = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      iss: `${this.env.SUPABASE_URL}/auth/v1`,
      sub: USER,
      aud: "authenticated",
      role: "authenticated",
      email: EMAIL,
      iat: now,
      exp: now + 3600,
    };
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: "ES256", typ: "JWT", kid }).sign(key);
  }

  /** A request as the app makes it; members of `init` replace what it would send. */
  async call(init: RequestInit & { query?: string; token?: string | null } = {}): Promise<Response> {
    const { query = "", token = await this.token(), ...rest } = init;
    const headers = new Headers(rest.headers);
    if (token !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    const isPost = (rest.method ?? "POST") === "POST";
    if (isPost && !headers.has("content-type")) headers.set("content-type", "application/json");
    const body = isPost ? JSON.stringify({ evaluation_id: VISIBLE }) : undefined;
    return await this.handler(new Request(`http://edge/score${query}`, { method: "POST", body, ...rest, headers }));
  }

  look(query: string, init: RequestInit & { token?: string | null } = {}): Promise<Response> {
    return this.call({ method: "GET", ...init, query });
  }

  get orders(): Request[] {
    return this.sent.filter((request) => request.url.startsWith(SCORER));
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    this.sent.push(request);
    request.signal.throwIfAborted();
    if (request.url.startsWith(SCORER)) return await this.scorer(request, this.orders.length);
    return await this.rest(request) ?? Response.json(this.rows(request));
  };

  private rows(request: Request): { id: string }[] {
    const query = new URL(request.url).searchParams;
    if (!request.headers.get("authorization")?.includes("Bearer ey")) return [];
    if (query.get("id") === `eq.${VISIBLE}`) return [{ id: VISIBLE }];
    if (query.get("course_id") !== `eq.${COURSE}`) return [];
    const last = query.get("id")?.replace("gt.", "") ?? "";
    const most = Math.min(this.restCut, Number(query.get("limit")));
    return this.ofCourse.filter((id) => id > last).slice(0, most).map((id) => ({ id }));
  }
}

/** The code of a problem, after a look at everything that every problem has. */
export async function code(response: Response): Promise<string> {
  equal(response.headers.get("content-type"), "application/problem+json");
  const body = await response.clone().json();
  equal(body.type, `urn:speechgrade:problem:${body.code}`);
  equal(body.status, response.status);
  equal(typeof body.title, "string");
  return body.code;
}

/** A scorer that keeps silent until it is given up. */
export function silent(request: Request): Promise<Response> {
  return new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
}

/** Runs with every timeout shortened, and tells which were asked for, in milliseconds. */
export async function hurried(use: () => Promise<void>): Promise<number[]> {
  const asked: number[] = [];
  const timeout = AbortSignal.timeout;
  AbortSignal.timeout = (ms) => (asked.push(ms), timeout.call(AbortSignal, Math.min(ms, 50)));
  try {
    await use();
  } finally {
    AbortSignal.timeout = timeout;
  }
  return asked;
}

export function problem(status: number, code: string, members: Record<string, unknown> = {}): Response {
  const body = { type: `urn:speechgrade:problem:${code}`, title: "Told.", status, code, retry: "never", ...members };
  return Response.json(body, { status, headers: { "content-type": "application/problem+json" } });
}

export function manyIds(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `66666666-6666-4666-8666-${n.toString(16).padStart(12, "0")}`);
}
