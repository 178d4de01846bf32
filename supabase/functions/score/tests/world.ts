/** A project with its own signing key, and a scripted network: REST under row level security, and the scorer. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createHandler, type Handler } from "../handler.ts";
import { readSettings } from "../settings.ts";

export const PROJECT = "http://127.0.0.1:54321";
export const SCORER = "http://scorer.internal";
export const SCORER_TOKEN = "s".repeat(40);
export const USER = "6a6f3e1c-8a55-4a6e-9d0e-0f8d8c1a2b3c";
export const VISIBLE = "11111111-1111-4111-8111-111111111111";
export const INVISIBLE = "22222222-2222-4222-8222-222222222222";

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

export interface TokenChanges {
  issuer?: string;
  audience?: string;
  expires?: string;
  key?: Key;
  kid?: string;
}

export class World {
  readonly sent: Request[] = [];
  scorer: () => Response | Promise<Response> = () => Response.json({ score_id: "s", model_used: "base@1+sg-1+r1" });
  rest: () => Response | undefined = () => undefined;
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

  token(changes: TokenChanges = {}): Promise<string> {
    return new SignJWT({ role: "authenticated", email: "ada@example.org" })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: changes.kid ?? "k1" })
      .setSubject(USER)
      .setIssuer(changes.issuer ?? `${PROJECT}/auth/v1`)
      .setAudience(changes.audience ?? "authenticated")
      .setIssuedAt()
      .setExpirationTime(changes.expires ?? "1h")
      .sign(changes.key ?? this.key);
  }

  /** A request as the app makes it; members of `init` replace what it would send. */
  async call(init: RequestInit & { id?: string; token?: string | null } = {}): Promise<Response> {
    const { id = VISIBLE, token = await this.token(), ...rest } = init;
    const headers = new Headers(rest.headers);
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    const body = rest.method === "GET" || rest.method === "OPTIONS" ? undefined : JSON.stringify({ evaluation_id: id });
    return await this.handler(new Request("http://edge/score", { method: "POST", body, ...rest, headers }));
  }

  get orders(): Request[] {
    return this.sent.filter((request) => request.url.startsWith(SCORER));
  }

  private readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    this.sent.push(request);
    if (request.url.startsWith(SCORER)) {
      request.signal.throwIfAborted();
      return await this.scorer();
    }
    const scripted = this.rest();
    if (scripted) return scripted;
    const visible = request.url.includes(VISIBLE) && request.headers.get("authorization")?.includes("Bearer ey");
    return Response.json(visible ? [{ id: VISIBLE }] : []);
  };
}
