import { deepEqual, equal, ok } from "node:assert/strict";
import { createHandler } from "../handler.ts";
import { readSettings } from "../settings.ts";
import { INVISIBLE, SCORER_TOKEN, World } from "./world.ts";

const KEY = "7f4b2f0e-4f5e-4d64-9f3e-0d1c2b3a4f5e";
const TRACE = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

async function code(response: Response): Promise<string> {
  equal(response.headers.get("content-type"), "application/problem+json");
  const body = await response.json();
  equal(body.type, `urn:speechgrade:problem:${body.code}`);
  equal(body.status, response.status);
  return body.code;
}

Deno.test("an evaluation that the user may not see is unknown, and the scorer is not asked", async () => {
  const world = await World.create();
  const response = await world.call({ id: INVISIBLE });
  equal(response.status, 404);
  equal(await code(response), "evaluation_unknown");
  deepEqual(world.orders, []);
});

Deno.test("the evaluation is read with the user's token and no secret", async () => {
  const world = await World.create();
  const token = await world.token();
  await world.call({ token });
  const read = world.sent[0];
  ok(read);
  equal(read.headers.get("authorization"), `Bearer ${token}`);
  equal(read.headers.get("apikey"), "sb_publishable_test");
});

Deno.test("ids and key go on to the scorer, and the request id comes back", async () => {
  const world = await World.create();
  const headers = { "x-request-id": "r-1", traceparent: TRACE, "idempotency-key": KEY };
  const response = await world.call({ headers });
  equal(response.headers.get("x-request-id"), "r-1");
  const [order] = world.orders;
  ok(order);
  for (const [name, value] of Object.entries(headers)) equal(order.headers.get(name), value);
});

Deno.test("ids that are not ids are not passed on", async () => {
  const world = await World.create();
  await world.call({ headers: { "x-request-id": "a b", traceparent: "nonsense" } });
  const [order] = world.orders;
  ok(order);
  ok(/^[0-9a-f-]{36}$/.test(order.headers.get("x-request-id") ?? ""));
  equal(order.headers.get("traceparent"), null);
  const response = await world.call({ headers: { "idempotency-key": "mine" } });
  equal(response.status, 422);
});

Deno.test("a scorer that does not answer is unavailable", async () => {
  const world = await World.create();
  world.scorer = () => Promise.reject(new TypeError("connection refused"));
  const response = await world.call();
  equal(response.status, 503);
  equal(response.headers.get("retry-after"), "5");
  equal(await code(response), "scorer_unavailable");
});

Deno.test("a scorer that answers too late is a timeout", async () => {
  const world = await World.create();
  world.scorer = () => Promise.reject(new DOMException("late", "TimeoutError"));
  const response = await world.call();
  equal(response.status, 504);
  equal(await code(response), "scorer_timeout");
});

Deno.test("a problem of the scorer keeps its code, status and reason, and loses what is not meant for outside", async () => {
  const world = await World.create();
  world.scorer = () =>
    Response.json(
      {
        type: "x",
        title: "No score.",
        status: 502,
        code: "unscored",
        reason: "answer_shape",
        score_id: KEY,
        trace: "SECRET",
      },
      { status: 502, headers: { "retry-after": "7", server: "internal" } },
    );
  const response = await world.call();
  equal(response.status, 502);
  equal(response.headers.get("retry-after"), "7");
  equal(response.headers.get("server"), null);
  const text = await response.clone().text();
  equal(await code(response), "unscored");
  ok(text.includes("answer_shape") && text.includes(KEY));
  ok(!text.includes("SECRET"));
});

for (
  const [name, answer, status, expected] of [
    ["a page of a proxy", () => new Response("<html>SECRET</html>", { status: 502 }), 503, "scorer_unavailable"],
    ["text instead of a score", () => new Response("SECRET"), 502, "scorer_failed"],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "http://x" } }), 502, "scorer_failed"],
    [
      "a refused credential",
      () => Response.json({ code: "credential_wrong" }, { status: 401 }),
      502,
      "scorer_credential_refused",
    ],
  ] as [string, () => Response, number, string][]
) {
  Deno.test(`${name} is never passed through`, async () => {
    const world = await World.create();
    world.scorer = answer;
    const response = await world.call();
    equal(response.status, status);
    ok(!(await response.clone().text()).includes("SECRET"));
    equal(await code(response), expected);
  });
}

Deno.test("a project that does not answer is not an unknown evaluation", async () => {
  const world = await World.create();
  world.rest = () => Response.json({ code: "XX000", message: "SECRET" }, { status: 500 });
  const response = await world.call();
  equal(response.status, 503);
  equal(await code(response), "project_unavailable");
});

for (
  const body of [
    "",
    "{",
    "[]",
    "null",
    "{}",
    '{"evaluation_id":1}',
    '{"evaluation_id":"x"}',
    `{"evaluation_id":"${INVISIBLE}","a":1}`,
    `{"a":"${"x".repeat(2000)}"}`,
  ]
) {
  Deno.test(`the body ${body.slice(0, 40)} is not understood`, async () => {
    const world = await World.create();
    const response = await world.call({ body });
    equal(response.status, 422);
    equal(await code(response), "request_invalid");
    deepEqual(world.sent, []);
  });
}

for (const method of ["GET", "PUT", "DELETE"]) {
  Deno.test(`${method} is not understood`, async () => {
    const world = await World.create();
    const response = await world.call({ method });
    equal(response.status, 405);
    equal(response.headers.get("allow"), "POST, OPTIONS");
    equal(await code(response), "method_not_allowed");
  });
}

Deno.test("a preflight is answered without a token", async () => {
  const world = await World.create();
  const response = await world.call({ method: "OPTIONS", token: null, headers: { origin: "https://app.example.org" } });
  equal(response.status, 204);
  equal(response.headers.get("access-control-allow-origin"), "*");
  ok(response.headers.get("access-control-allow-headers")?.includes("idempotency-key"));
});

Deno.test("only the pages that are named may read answers, errors included", async () => {
  const world = await World.create({ SPEECHGRADE_ALLOWED_ORIGINS: "https://app.example.org, https://two.example.org" });
  for (
    const [origin, allowed] of [["https://two.example.org", "https://two.example.org"], ["https://evil.example", null]]
  ) {
    const response = await world.call({ token: null, headers: { origin: origin ?? "" } });
    equal(response.status, 401);
    equal(response.headers.get("access-control-allow-origin"), allowed);
    equal(response.headers.get("vary"), "Origin");
  }
});

for (
  const name of ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEYS", "SPEECHGRADE_SCORER_URL", "SPEECHGRADE_SCORER_TOKEN"]
) {
  Deno.test(`without ${name} the function says so, and shows no value`, async () => {
    const world = await World.create();
    const env = { ...world.env, [name]: name === "SPEECHGRADE_SCORER_TOKEN" ? "short-secret" : "" };
    const response = await createHandler(readSettings(env))(new Request("http://edge/score", { method: "POST" }));
    equal(response.status, 500);
    const text = await response.clone().text();
    equal(await code(response), "settings_invalid");
    ok(text.includes(name));
    ok(!text.includes(SCORER_TOKEN) && !text.includes("short-secret"));
  });
}
