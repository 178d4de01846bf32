import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from "jose";

const PRIVATE_MEMBERS = ["d"];
const textEncoder = new TextEncoder();

function publicPart(jwk) {
  const entries = Object.entries(jwk).filter(([name]) => !PRIVATE_MEMBERS.includes(name));
  return Object.fromEntries(entries);
}

function refusal(message) {
  return Response.json({ code: "PGRST301", message, details: null, hint: null }, { status: 401 });
}

/**
 * Hosted projects sign user tokens with ES256 and publish the key; lite knows one HS256 secret.
 * Tokens are ES256 outside this process and HS256 inside it, with the same claims.
 */
export class TokenExchange {
  #signing;
  #verifying;
  #header;
  #secret;

  static async create(signingKey, secret) {
    const keySet = { keys: [publicPart(signingKey)] };
    const signing = await importJWK(signingKey, "ES256");
    const verifying = await importJWK(keySet.keys[0], "ES256");
    return new TokenExchange(signing, verifying, signingKey.kid, secret, keySet);
  }

  constructor(signing, verifying, kid, secret, keySet) {
    this.#signing = signing;
    this.#verifying = verifying;
    this.#header = { alg: "ES256", typ: "JWT", kid };
    this.#secret = textEncoder.encode(secret);
    this.keySet = keySet;
  }

  /** `{ request }` as lite shall see it, or `{ refused }`: the answer to a token that is not ours. */
  async inward(request) {
    const token = request.headers.get("authorization")?.match(/^Bearer\s+(\S+)$/i)?.[1];
    if (!token || token.startsWith("sb_")) return { request };
    let inner;
    try {
      inner = await this.#toInner(token);
    } catch (error) {
      return { refused: refusal(error.code === "ERR_JWT_EXPIRED" ? "JWT expired" : "JWT is not valid") };
    }
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${inner}`);
    return { request: new Request(request, { headers }) };
  }

  /** A sign-in answer with its access token signed for the outside. */
  async outward(response) {
    if (!response.headers.get("content-type")?.includes("application/json")) return response;
    const body = await response.json();
    if (typeof body?.access_token === "string") {
      body.access_token = await this.#toOuter(body.access_token);
    }
    const headers = new Headers(response.headers);
    headers.delete("content-length");
    return new Response(JSON.stringify(body), { status: response.status, headers });
  }

  async #toInner(token) {
    if (decodeProtectedHeader(token).alg !== "ES256") throw new Error("only ES256 is accepted");
    const { payload } = await jwtVerify(token, this.#verifying, { algorithms: ["ES256"] });
    return new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(this.#secret);
  }

  #toOuter(token) {
    return new SignJWT(decodeJwt(token)).setProtectedHeader(this.#header).sign(this.#signing);
  }
}
