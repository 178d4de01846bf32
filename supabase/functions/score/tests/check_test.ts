import { deepEqual, equal, ok } from "node:assert/strict";
import { FUNCTION_VERSION } from "../check.ts";
import { createHandler } from "../handler.ts";
import { readSettings } from "../settings.ts";
import { code, hurried, SCORER, SCORER_TOKEN, silent, World } from "./world.ts";

const KEY = `sb_secret_${"k".repeat(31)}`;
const OTHER_KEY = `sb_secret_${"o".repeat(31)}`;
const VERSIONS = { version: "0.1.0", prompt_version: "r1", anonymizer_version: "a1" };
const DIGEST = "d".repeat(64);

async function world(changes: Record<string, string> = {}): Promise<World> {
  const keys = JSON.stringify({ default: KEY, second: OTHER_KEY });
  const made = await World.create({ SUPABASE_SECRET_KEYS: keys, SPEECHGRADE_FUNCTION_DIGEST: DIGEST, ...changes });
  made.scorer = soundScorer;
  return made;
}

function soundScorer(request: Request): Response {
  switch (new URL(request.url).pathname) {
    case "/version":
      return Response.json(VERSIONS);
    case "/readyz":
      return Response.json({ status: "ok", reasons: [] });
    default:
      equal(request.headers.get("authorization"), `Bearer ${SCORER_TOKEN}`);
      return Response.json({ models: [] });
  }
}

function check(of: World, apikey: string | null = KEY): Promise<Response> {
  return of.look("?check", { token: null, headers: apikey === null ? {} : { apikey } });
}

async function codes(of: World): Promise<Record<string, string>> {
  const response = await check(of);
  equal(response.status, 200);
  const { findings } = await response.json();
  return Object.fromEntries(findings.map((one: { name: string; code: string }) => [one.name, one.code]));
}

Deno.test("a sound function says so, with versions and without a secret", async () => {
  for (const key of [KEY, OTHER_KEY]) {
    const response = await check(await world(), key);
    equal(response.headers.get("cache-control"), "no-store");
    const text = await response.text();
    const { findings, versions, now } = JSON.parse(text);
    deepEqual(findings.map((one: { code: string }) => one.code), ["ok", "ok", "ok", "ok"]);
    deepEqual(versions, { function: FUNCTION_VERSION, deployed: DIGEST, scorer: VERSIONS });
    ok(Math.abs(Date.parse(now) - Date.now()) < 60_000);
    for (const secret of [KEY, OTHER_KEY, SCORER_TOKEN, SCORER, "sb_publishable"]) ok(!text.includes(secret));
  }
});

for (
  const [name, key] of [
    ["the publishable key", "sb_publishable_test"],
    ["another secret key", `sb_secret_${"x".repeat(31)}`],
    ["an empty key", ""],
    ["no key", null],
  ] as [string, string | null][]
) {
  Deno.test(`${name} learns nothing, and nothing is asked for it`, async () => {
    const made = await world({ SPEECHGRADE_SCORER_URL: "" });
    const response = await check(made, key);
    equal(response.status, 401);
    equal(await code(response), key ? "credential_wrong" : "credential_missing");
    deepEqual(made.sent, []);
  });
}

Deno.test("a signed-in user learns nothing either", async () => {
  const made = await world();
  equal((await made.look("?check", { token: await made.token() })).status, 401);
  deepEqual(made.sent, []);
});

for (const keys of [undefined, "", "null", "[]", "{}", '{"default":""}', '{"default":null}', '{"default":7}']) {
  Deno.test(`where the platform gives the keys ${keys}, nobody is let in`, async () => {
    const made = await world();
    const { SUPABASE_SECRET_KEYS: _, ...env } = made.env;
    made.handler = createHandler(
      readSettings(keys === undefined ? env : { ...env, SUPABASE_SECRET_KEYS: keys }),
      made.fetch,
    );
    for (const key of ["", "null", KEY]) equal((await check(made, key)).status, 401);
    deepEqual(made.sent, []);
  });
}

Deno.test("settings that are missing are named, before anybody else is asked", async () => {
  const made = await world({ SPEECHGRADE_SCORER_URL: "", SPEECHGRADE_SCORER_TOKEN: "short" });
  const { findings, versions } = await (await check(made)).json();
  const detail = "SPEECHGRADE_SCORER_URL, SPEECHGRADE_SCORER_TOKEN";
  deepEqual(findings, [{ name: "settings", code: "settings_invalid", detail }]);
  equal(versions.scorer, null);
  deepEqual(made.sent, []);
});

Deno.test("a scorer that is away, silent, or no scorer is told apart", async () => {
  const made = await world();
  made.scorer = () => Promise.reject(new TypeError("refused"));
  deepEqual(await codes(made), { settings: "ok", scorer: "scorer_unreachable" });
  made.scorer = () => new Response("<html>hello</html>");
  deepEqual(await codes(made), { settings: "ok", scorer: "scorer_unreadable" });
  made.scorer = () => new Response(null, { status: 302, headers: { location: "http://elsewhere/" } });
  deepEqual(await codes(made), { settings: "ok", scorer: "scorer_unreadable" });
  made.scorer = silent;
  await hurried(async () => deepEqual(await codes(made), { settings: "ok", scorer: "scorer_timeout" }));
});

Deno.test("a token that the scorer refuses is found", async () => {
  const made = await world();
  made.scorer = (request) =>
    new URL(request.url).pathname === "/v1/models" ? new Response("{}", { status: 401 }) : soundScorer(request);
  deepEqual(await codes(made), { settings: "ok", scorer: "ok", token: "scorer_credential_refused", readiness: "ok" });
});

Deno.test("a scorer that is not ready says why, in codes alone", async () => {
  const made = await world();
  const reasons = ["no_champion", "a Sentence about somebody", 7];
  made.scorer = (request) =>
    new URL(request.url).pathname === "/readyz" ? Response.json({ reasons }, { status: 503 }) : soundScorer(request);
  const { findings } = await (await check(made)).json();
  deepEqual(findings.at(-1), { name: "readiness", code: "scorer_not_ready", detail: "no_champion" });
});

Deno.test("a digest that is none is not repeated", async () => {
  const { versions } = await (await check(await world({ SPEECHGRADE_FUNCTION_DIGEST: "hello" }))).json();
  equal(versions.deployed, null);
});
