import { deepEqual, equal, ok } from "node:assert/strict";
import { generateKeyPair, SignJWT } from "jose";
import { code, EMAIL, journal, PROJECT, SCORER_TOKEN, USER, World } from "./world.ts";

const strangers = await generateKeyPair("ES256");
const hour = () => Math.floor(Date.now() / 1000) + 3600;

type Case = [string, (world: World) => Promise<string> | string];

const wrong: Case[] = [
  ["garbage", () => "garbage"],
  ["three parts of garbage", () => "a.b.c"],
  ["cut short", async (world) => (await world.token()).slice(0, -10)],
  ["changed after it was signed", changed],
  ["expired", (world) => world.token({ claims: { exp: hour() - 7200 } })],
  ["without an end", (world) => world.token({ claims: { exp: undefined } })],
  ["not yet valid", (world) => world.token({ claims: { nbf: hour() } })],
  ["of another project", (world) => world.token({ claims: { iss: "https://other.supabase.co/auth/v1" } })],
  ["of no project", (world) => world.token({ claims: { iss: undefined } })],
  ["for another audience", (world) => world.token({ claims: { aud: "anon" } })],
  ["for no audience", (world) => world.token({ claims: { aud: undefined } })],
  ["of the role service_role", (world) => world.token({ claims: { role: "service_role" } })],
  ["of the role anon", (world) => world.token({ claims: { role: "anon" } })],
  ["of no role", (world) => world.token({ claims: { role: undefined } })],
  ["of no user", (world) => world.token({ claims: { sub: undefined } })],
  ["of a user that is no id", (world) => world.token({ claims: { sub: "app" } })],
  ["signed by another key", (world) => world.token({ key: strangers.privateKey })],
  ["signed by a key that nobody knows", (world) => world.token({ kid: "k2" })],
  ["unsigned", () => unsigned("none")],
  ["said to be unsigned in capitals", () => unsigned("NONE")],
  ["signed with the public key as a secret", (world) => shared(world.env.SUPABASE_JWKS ?? "", { sub: USER })],
  ["the old anon key", () => shared("j".repeat(40), { role: "anon", iss: "supabase" })],
  ["the old service key", () => shared("j".repeat(40), { role: "service_role", iss: "supabase" })],
  ["the publishable key", () => "sb_publishable_test"],
  ["a secret key", () => `sb_secret_${"x".repeat(31)}`],
  ["the scorer's own token", () => SCORER_TOKEN],
];

for (const [name, token] of wrong) {
  Deno.test(`a token that is ${name} is refused before anything is read, and nobody says why`, async () => {
    const world = await World.create();
    const response = await world.call({ token: await token(world) });
    equal(response.status, 401);
    equal(response.headers.get("www-authenticate"), 'Bearer realm="speechgrade"');
    const { title, retry } = await response.clone().json();
    deepEqual([await code(response), title, retry], ["credential_wrong", "Sign in again.", "never"]);
    deepEqual(world.sent, []);
  });
}

for (
  const [name, headers] of [
    ["no credential", {}],
    ["only the publishable key", { apikey: "sb_publishable_test" }],
  ] as [string, Record<string, string>][]
) {
  Deno.test(`${name} is a missing credential`, async () => {
    const world = await World.create();
    const response = await world.call({ token: null, headers });
    equal(response.status, 401);
    equal(await code(response), "credential_missing");
    deepEqual(world.sent, []);
  });
}

for (const scheme of ["Basic dTpw", "Bearer", "Bearer ", "Token x"]) {
  Deno.test(`the header "${scheme}" is a wrong credential`, async () => {
    const world = await World.create();
    const response = await world.call({ token: null, headers: { authorization: scheme } });
    equal(response.status, 401);
    equal(await code(response), "credential_wrong");
  });
}

for (const [method, query] of [["GET", `?score_id=${USER}`], ["GET", `?batch_id=${USER}`], ["DELETE", ""]] as const) {
  Deno.test(`${method}${query.slice(0, 6)} asks for a credential, too`, async () => {
    const world = await World.create();
    equal((await world.call({ method, query, token: null })).status, 401);
    deepEqual(world.sent, []);
  });
}

Deno.test("a right token is taken, and its user is named to the scorer with the function's own credential", async () => {
  const world = await World.create();
  const response = await world.call({ headers: { apikey: "sb_publishable_test" } });
  equal(response.status, 200);
  equal((await response.json()).model_used, "base@1+sg-1+r1");
  const [order] = world.orders;
  ok(order);
  equal(order.url, "http://scorer.internal/v1/score");
  equal(order.headers.get("authorization"), `Bearer ${SCORER_TOKEN}`);
  equal(order.headers.get("x-requested-by"), `user:${USER}`);
});

Deno.test("an issuer that is set is the only one", async () => {
  const world = await World.create({ SPEECHGRADE_JWT_ISSUER: "https://id.example.org/auth/v1" });
  equal((await world.call()).status, 401);
  equal(
    (await world.call({ token: await world.token({ claims: { iss: "https://id.example.org/auth/v1" } }) })).status,
    200,
  );
});

Deno.test("of a request, the journal keeps ids and codes, and nothing of a person", async () => {
  const world = await World.create();
  const token = await world.token();
  journal.length = 0;
  await world.call({ token, headers: { "x-request-id": "r-1" } });
  await world.call({ token: "garbage" });
  const entries = journal.map((line) => JSON.parse(line));
  equal(entries[0].request_id, "r-1");
  deepEqual(entries.map((one) => [one.event, one.operation, one.status, one.code]), [
    ["request", "score", 200, null],
    ["request", null, 401, "credential_wrong"],
  ]);
  for (const secret of [USER, EMAIL, token, SCORER_TOKEN, "garbage"]) ok(!journal.join().includes(secret));
});

async function changed(world: World): Promise<string> {
  const [header, payload, signature] = (await world.token()).split(".");
  const claims = { ...JSON.parse(atob(payload ?? "")), sub: "5b5b5b5b-8a55-4a6e-9d0e-0f8d8c1a2b3c" };
  return [header, part(claims), signature].join(".");
}

function unsigned(alg: string): string {
  const claims = { sub: USER, aud: "authenticated", iss: `${PROJECT}/auth/v1`, exp: hour(), role: "authenticated" };
  return `${part({ alg, typ: "JWT", kid: "k1" })}.${part(claims)}.`;
}

function part(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
}

function shared(secret: string, claims: Record<string, unknown>): Promise<string> {
  const usual = { role: "authenticated", iss: `${PROJECT}/auth/v1`, aud: "authenticated", exp: hour() };
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: "HS256", kid: "k1" })
    .sign(new TextEncoder().encode(secret));
}
