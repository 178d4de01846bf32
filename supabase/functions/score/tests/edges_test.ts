/** What surrounds every request: ids, origins, settings. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { createHandler } from "../handler.ts";
import { readSettings } from "../settings.ts";
import { traceOf } from "../trace.ts";
import { code, SCORER_TOKEN, World } from "./world.ts";

const TRACE = "a".repeat(32);
const SPAN = "b".repeat(16);
const FORM = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

Deno.test("the request id goes on to the scorer and comes back", async () => {
  const world = await World.create();
  const response = await world.call({ headers: { "x-request-id": "r-1" } });
  equal(response.headers.get("x-request-id"), "r-1");
  equal(world.orders[0]?.headers.get("x-request-id"), "r-1");
});

Deno.test("a request id that is missing or none is made", async () => {
  const world = await World.create();
  for (const headers of [{}, { "x-request-id": "a b" }, { "x-request-id": "x".repeat(129) }]) {
    const id = (await world.call({ headers: new Headers(headers as HeadersInit) })).headers.get("x-request-id");
    ok(/^[0-9a-f-]{36}$/.test(id ?? ""));
    equal(world.orders.at(-1)?.headers.get("x-request-id"), id);
  }
});

Deno.test("a trace goes on under its id, with a span for this hop", async () => {
  const world = await World.create();
  await world.call({ headers: { traceparent: `00-${TRACE}-${SPAN}-01` } });
  const passed = world.orders[0]?.headers.get("traceparent") ?? "";
  ok(passed.startsWith(`00-${TRACE}-`) && passed.endsWith("-01") && !passed.includes(SPAN), passed);
});

for (
  const [name, given, isTaken] of [
    ["of a later version", `01-${TRACE}-${SPAN}-01-what.ever`, true],
    ["of a later version without more", `cc-${TRACE}-${SPAN}-01`, true],
    ["that is missing", "", false],
    ["of the forbidden version", `ff-${TRACE}-${SPAN}-01`, false],
    ["with more than its version has", `00-${TRACE}-${SPAN}-01-x`, false],
    ["of zeros", `00-${"0".repeat(32)}-${SPAN}-01`, false],
    ["with a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`, false],
    ["in capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`, false],
    ["that is too short", `00-${TRACE.slice(1)}-${SPAN}-01`, false],
    ["that is nonsense", "nonsense", false],
  ] as [string, string, boolean][]
) {
  Deno.test(`a trace ${name} is ${isTaken ? "taken" : "replaced"}`, () => {
    const { traceId, traceparent } = traceOf(new Headers({ traceparent: given }));
    ok(FORM.test(traceparent), traceparent);
    equal(traceparent.split("-")[1], traceId);
    equal(traceId === TRACE, isTaken);
  });
}

Deno.test("flags that nobody knows yet are not passed on", () => {
  ok(traceOf(new Headers({ traceparent: `00-${TRACE}-${SPAN}-ff` })).traceparent.endsWith("-03"));
});

Deno.test("a preflight is answered without a token", async () => {
  const world = await World.create();
  const response = await world.call({ method: "OPTIONS", token: null, headers: { origin: "https://app.example.org" } });
  equal(response.status, 204);
  equal(response.headers.get("access-control-allow-origin"), "*");
  equal(response.headers.get("access-control-allow-methods"), "GET, POST, DELETE, OPTIONS");
  const allowed = response.headers.get("access-control-allow-headers") ?? "";
  for (const name of ["authorization", "apikey", "idempotency-key", "prefer", "traceparent"]) {
    ok(allowed.includes(name));
  }
  deepEqual(world.sent, []);
});

const LISTED = { SPEECHGRADE_ALLOWED_ORIGINS: "https://app.example.org, https://two.example.org:8443" };

for (
  const [origin, allowed] of [
    ["https://app.example.org", "https://app.example.org"],
    ["https://two.example.org:8443", "https://two.example.org:8443"],
    ["https://evil.example", null],
    ["https://app.example.org.evil.example", null],
    ["https://xapp.example.org", null],
    ["http://app.example.org", null],
    ["https://app.example.org:444", null],
    ["https://APP.example.org", null],
    ["null", null],
  ] as const
) {
  Deno.test(`the page ${origin} may ${allowed ? "read answers" : "read nothing"}, errors included`, async () => {
    const world = await World.create(LISTED);
    for (const init of [{}, { token: null }, { method: "OPTIONS" }]) {
      const response = await world.call({ ...init, headers: { origin } });
      equal(response.headers.get("access-control-allow-origin"), allowed);
      equal(response.headers.get("vary"), "Origin");
      const names = ["allow-methods", "allow-headers", "expose-headers", "allow-credentials"];
      if (!allowed) { for (const name of names) equal(response.headers.get(`access-control-${name}`), null); }
    }
  });
}

Deno.test("a page may read where a score is, when to look, and under which id it was asked for", async () => {
  const world = await World.create(LISTED);
  const response = await world.call({ headers: { origin: "https://app.example.org" } });
  equal(response.headers.get("access-control-expose-headers"), "location, retry-after, x-request-id");
});

for (
  const [name, value] of [
    ["SUPABASE_URL", ""],
    ["SUPABASE_PUBLISHABLE_KEYS", ""],
    ["SUPABASE_PUBLISHABLE_KEYS", '{"other":"sb_publishable_x"}'],
    ["SPEECHGRADE_SCORER_URL", ""],
    ["SPEECHGRADE_SCORER_URL", "ftp://short-secret"],
    ["SPEECHGRADE_SCORER_TOKEN", "short-secret"],
    ["SPEECHGRADE_SCORER_TIMEOUT_MS", "0"],
    ["SPEECHGRADE_SCORER_TIMEOUT_MS", "soon"],
    ["SPEECHGRADE_SCORER_TIMEOUT_MS", "150000"],
    ["SPEECHGRADE_ALLOWED_ORIGINS", "app.example.org"],
    ["SPEECHGRADE_ALLOWED_ORIGINS", "https://app.example.org/"],
  ] as const
) {
  Deno.test(`with ${name}="${value}" the function says so, and shows no value`, async () => {
    const world = await World.create();
    const handler = createHandler(readSettings({ ...world.env, [name]: value }));
    const response = await handler(new Request("http://edge/score", { method: "POST" }));
    equal(response.status, 500);
    const text = await response.clone().text();
    equal(await code(response), "settings_invalid");
    ok(text.includes(name));
    ok(!text.includes(SCORER_TOKEN) && !text.includes("short-secret"));
  });
}

Deno.test("secret keys that the platform hands to every function are not kept", async () => {
  const { env } = await World.create();
  Deno.env.set("SUPABASE_SECRET_KEYS", '{"default":"sb_secret_x"}');
  try {
    const settings = readSettings(env);
    ok("project" in settings && !JSON.stringify(settings).includes("sb_secret_x"));
  } finally {
    Deno.env.delete("SUPABASE_SECRET_KEYS");
  }
});
