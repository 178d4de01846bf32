import { deepEqual, equal, ok } from "node:assert/strict";
import { generateKeyPair, SignJWT } from "jose";
import { PROJECT, SCORER_TOKEN, USER, World } from "./world.ts";

const strangers = await generateKeyPair("ES256");

const cases: [string, (world: World) => Promise<string | null> | string | null, string][] = [
  ["no token", () => null, "credential_missing"],
  ["garbage", () => "garbage", "credential_wrong"],
  ["three parts of garbage", () => "a.b.c", "credential_wrong"],
  ["expired", (world) => world.token({ expires: "-1h" }), "credential_wrong"],
  ["signed by another key", (world) => world.token({ key: strangers.privateKey }), "credential_wrong"],
  ["a key nobody knows", (world) => world.token({ kid: "k2" }), "credential_wrong"],
  ["of another project", (world) => world.token({ issuer: "https://other.supabase.co/auth/v1" }), "credential_wrong"],
  ["for another audience", (world) => world.token({ audience: "anon" }), "credential_wrong"],
  ["the publishable key", () => "sb_publishable_test", "credential_wrong"],
  ["the scorer's own token", () => SCORER_TOKEN, "credential_wrong"],
  ["unsigned", () => unsigned(), "credential_wrong"],
  ["signed with the public key as a secret", (world) => confused(world), "credential_wrong"],
];

for (const [name, token, code] of cases) {
  Deno.test(`a token that is ${name} is refused before anything is read`, async () => {
    const world = await World.create();
    const response = await world.call({ token: await token(world) });
    equal(response.status, 401);
    equal(response.headers.get("content-type"), "application/problem+json");
    equal((await response.json()).code, code);
    deepEqual(world.sent, []);
  });
}

Deno.test("a right token is taken, and its user is named to the scorer with the function's own credential", async () => {
  const world = await World.create();
  const response = await world.call();
  equal(response.status, 200);
  equal((await response.json()).model_used, "base@1+sg-1+r1");
  const [order] = world.orders;
  ok(order);
  equal(order.url, "http://scorer.internal/v1/score");
  equal(order.headers.get("authorization"), `Bearer ${SCORER_TOKEN}`);
  equal(order.headers.get("x-requested-by"), `user:${USER}`);
});

Deno.test("keys that cannot be had do not sign anyone out", async () => {
  const world = await World.create({ SUPABASE_JWKS: "", SUPABASE_JWKS_URL: "http://127.0.0.1:9/none" });
  const response = await world.call();
  ok([500, 503].includes(response.status));
});

function unsigned(): string {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
  const claims = { sub: USER, aud: "authenticated", iss: `${PROJECT}/auth/v1`, exp: 4e9, role: "authenticated" };
  return `${part({ alg: "none", typ: "JWT", kid: "k1" })}.${part(claims)}.`;
}

function confused(world: World): Promise<string> {
  const secret = new TextEncoder().encode(world.env.SUPABASE_JWKS);
  return new SignJWT({ role: "authenticated" })
    .setProtectedHeader({ alg: "HS256", kid: "k1" })
    .setSubject(USER)
    .setIssuer(`${PROJECT}/auth/v1`)
    .setAudience("authenticated")
    .setExpirationTime("1h")
    .sign(secret);
}
