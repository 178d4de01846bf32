import { deepEqual, equal, ok } from "node:assert/strict";
import { code, COURSE, hurried, INVISIBLE, journal, problem, SCORE, silent, VISIBLE, World } from "./world.ts";

const KEY = "app:7f4b2f0e.1-a_b";

Deno.test("an evaluation that the user may not see is unknown, and the scorer is not asked", async () => {
  const world = await World.create();
  const response = await world.call({ body: JSON.stringify({ evaluation_id: INVISIBLE }) });
  equal(response.status, 404);
  equal(await code(response), "evaluation_unknown");
  deepEqual(world.orders, []);
});

Deno.test("the evaluation is read with the user's token and no secret", async () => {
  const world = await World.create({ SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}' });
  const token = await world.token();
  await world.call({ token });
  const read = world.sent[0];
  ok(read);
  equal(read.headers.get("authorization"), `Bearer ${token}`);
  equal(read.headers.get("apikey"), "sb_publishable_test");
});

Deno.test("a score is passed on whole, is never cached, and does not tell who asked", async () => {
  const world = await World.create();
  const score = { score_id: SCORE, evaluation_id: VISIBLE, sections: { Content: { score: 3.5 } }, uncertainty: null };
  world.scorer = () => Response.json({ ...score, requested_by: "user:x" }, { headers: { server: "internal" } });
  const response = await world.call();
  deepEqual(await response.json(), score);
  equal(response.headers.get("cache-control"), "no-store");
  equal(response.headers.get("server"), null);
});

Deno.test("a score that takes longer says where to look for it and when", async () => {
  const world = await World.create();
  const pending = { score_id: SCORE, evaluation_id: VISIBLE, status: "running" };
  const headers = { location: `/v1/scores/${SCORE}`, "retry-after": "3" };
  world.scorer = () => Response.json(pending, { status: 202, headers });
  const response = await world.call();
  equal(response.status, 202);
  deepEqual(await response.json(), pending);
  const here = new URL(response.headers.get("location") ?? "", "https://x.supabase.co/functions/v1/score");
  equal(here.href, `https://x.supabase.co/functions/v1/score?score_id=${SCORE}`);
  equal(response.headers.get("retry-after"), "3");
});

Deno.test("the caller's key goes on to the scorer, and without one each request has its own", async () => {
  const world = await World.create();
  await world.call({ headers: { "idempotency-key": KEY } });
  await world.call();
  await world.call();
  const [given, made, other] = world.orders.map((order) => order.headers.get("idempotency-key"));
  equal(given, KEY);
  ok(made && other && made !== other);
});

for (const key of ["", "a b", "é", "x".repeat(129), "a/b"]) {
  Deno.test(`the key ${JSON.stringify(key.slice(0, 9))} of ${key.length} is refused`, async () => {
    const world = await World.create();
    const response = await world.call({ headers: { "idempotency-key": key } });
    equal(response.status, 422);
    equal(await code(response), "request_invalid");
    deepEqual(world.sent, []);
  });
}

for (
  const [prefer, passed] of [
    [undefined, "wait=115"],
    ["wait=10", "wait=10"],
    ["wait=0", "wait=0"],
    ["WAIT = 10; x=1", "wait=10"],
    ["wait=99999", "wait=115"],
    ["respond-async", "respond-async"],
    ["respond-async, wait=10", "wait=10"],
    ["return=minimal, wait=-1", "wait=115"],
  ]
) {
  Deno.test(`with the preference ${prefer} the scorer is asked for ${passed}`, async () => {
    const world = await World.create();
    await world.call({ headers: prefer === undefined ? {} : { prefer } });
    // A second or less may have gone by.
    const asked = world.orders[0]?.headers.get("prefer") ?? "";
    ok(asked === passed || (passed === "wait=115" && asked === "wait=114"), asked);
  });
}

Deno.test("a call that no answer began to is made once more, under the same key", async () => {
  const world = await World.create();
  world.scorer = (_, call) => call === 1 ? Promise.reject(new TypeError("reset")) : Response.json({ score_id: SCORE });
  equal((await world.call()).status, 200);
  const [first, second] = world.orders;
  equal(first?.headers.get("idempotency-key"), second?.headers.get("idempotency-key"));
  equal(await first?.text(), await second?.text());
});

Deno.test("what the repeated call finds in flight is the score that was asked for", async () => {
  const world = await World.create();
  world.scorer = (_, call) =>
    call === 1 ? Promise.reject(new TypeError("reset")) : problem(409, "score_in_flight", { score_id: SCORE });
  const response = await world.call();
  equal(response.status, 202);
  deepEqual(await response.json(), { score_id: SCORE, evaluation_id: VISIBLE, status: "running" });
  equal(response.headers.get("location"), `?score_id=${SCORE}`);
});

Deno.test("what a first call finds in flight is told as it is", async () => {
  const world = await World.create();
  world.scorer = () => problem(409, "score_in_flight", { score_id: SCORE });
  const response = await world.call({ headers: { "idempotency-key": KEY } });
  equal(response.status, 409);
  equal(await code(response), "score_in_flight");
});

Deno.test("a scorer that does not answer twice is unavailable", async () => {
  const world = await World.create();
  world.scorer = () => Promise.reject(new TypeError("connection refused"));
  const response = await world.call();
  equal(response.status, 503);
  equal(response.headers.get("retry-after"), "5");
  equal(await code(response), "scorer_unavailable");
  equal(world.orders.length, 2);
});

Deno.test("an answer that says no is never asked for again", async () => {
  const world = await World.create();
  world.scorer = () => problem(503, "no_champion");
  await world.call();
  equal(world.orders.length, 1);
});

Deno.test("a scorer that keeps silent is given up in time, and is asked to answer before that", async () => {
  const world = await World.create({ SPEECHGRADE_SCORER_TIMEOUT_MS: "200" });
  world.scorer = silent;
  const response = await world.call();
  equal(response.status, 504);
  equal(await code(response), "scorer_timeout");
  equal(world.orders.length, 1);
  equal(world.orders[0]?.headers.get("prefer"), "wait=0");
});

Deno.test("a problem of the scorer keeps what is meant for people, and loses the rest", async () => {
  const world = await World.create();
  const members = {
    title: "No score.",
    retry: "later",
    reason: "answer_shape",
    score_id: SCORE,
    errors: [{ where: "body", message: "short" }],
  };
  const inside = { detail: "SECRET", trace: "SECRET", evaluation_id: VISIBLE, requested_by: "user:x" };
  world.scorer = () => {
    const response = problem(502, "unscored", { ...members, ...inside });
    response.headers.set("retry-after", "7");
    response.headers.set("server", "internal");
    return response;
  };
  const response = await world.call();
  equal(response.headers.get("retry-after"), "7");
  equal(response.headers.get("server"), null);
  equal(await code(response), "unscored");
  deepEqual(await response.json(), {
    type: "urn:speechgrade:problem:unscored",
    status: 502,
    code: "unscored",
    ...members,
  });
});

for (
  const [name, answer, status, expected] of [
    ["a page of a proxy", () => new Response("<html>SECRET</html>", { status: 502 }), 503, "scorer_unavailable"],
    ["text instead of a score", () => new Response("SECRET"), 502, "scorer_failed"],
    ["a list instead of a score", () => Response.json(["SECRET"]), 502, "scorer_failed"],
    ["a promise without an id", () => Response.json({ status: "SECRET" }, { status: 202 }), 502, "scorer_failed"],
    ["an error without a code", () => Response.json({ detail: "SECRET" }, { status: 422 }), 502, "scorer_failed"],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "http://x" } }), 502, "scorer_failed"],
    ["a refused credential", () => problem(401, "credential_wrong"), 502, "scorer_credential_refused"],
    ["a forbidden path", () => problem(403, "forbidden"), 502, "scorer_credential_refused"],
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
  world.rest = () => Response.json({ code: "XX000", message: "SECRET" }, { status: 503 });
  const response = await world.call();
  equal(world.sent.length, 1);
  equal(response.status, 503);
  equal(await code(response), "project_unavailable");
  ok(!(await response.text()).includes("SECRET"));
});

for (const [name, body] of [["evaluation", { evaluation_id: VISIBLE }], ["course", { course_id: COURSE }]] as const) {
  Deno.test(`a project that keeps silent about an ${name} is waited for 10 seconds`, async () => {
    const world = await World.create();
    world.rest = silent;
    const asked = await hurried(async () => {
      equal(await code(await world.call({ body: JSON.stringify(body) })), "project_unavailable");
    });
    deepEqual(asked, [120_000, 10_000]);
    deepEqual(world.orders, []);
  });
}

for (
  const body of [
    "",
    "{",
    "[]",
    "null",
    "{}",
    '{"evaluation_id":1}',
    '{"evaluation_id":"x"}',
    '{"course_id":null}',
    `{"evaluation_id":"${VISIBLE}","a":1}`,
    `{"evaluation_id":"${VISIBLE}","course_id":"${COURSE}"}`,
    `{"transcript":"I speak.","rubric":{}}`,
    new Uint8Array([123, 34, 255, 34, 58, 49, 125]),
  ]
) {
  Deno.test(`the body ${String(body).slice(0, 40)} is not understood`, async () => {
    const world = await World.create();
    const response = await world.call({ body });
    equal(response.status, 422);
    equal(await code(response), "request_invalid");
    deepEqual(world.sent, []);
  });
}

for (const type of ["text/plain", "application/jsonp", "multipart/form-data", "application/problem+json"]) {
  Deno.test(`a body of the type ${type} is not read`, async () => {
    const world = await World.create();
    const response = await world.call({ headers: { "content-type": type } });
    equal(response.status, 415);
    equal(await code(response), "media_type_unsupported");
  });
}

Deno.test("a body may name its character set", async () => {
  const world = await World.create();
  equal((await world.call({ headers: { "content-type": "application/json; charset=utf-8" } })).status, 200);
});

for (const method of ["PUT", "PATCH", "HEAD"]) {
  Deno.test(`${method} is not understood, with or without a token`, async () => {
    const world = await World.create();
    const response = await world.call({ method, token: null });
    equal(response.status, 405);
    equal(response.headers.get("allow"), "GET, POST, DELETE, OPTIONS");
    equal(await code(response), "method_not_allowed");
  });
}

Deno.test("a bug tells nothing but that it is one, and the journal where", async () => {
  const world = await World.create();
  world.scorer = () =>
    Object.defineProperty(Response.json({ score_id: SCORE }), "headers", {
      get: () => {
        throw new RangeError("SECRET");
      },
    });
  journal.length = 0;
  const response = await world.call({ headers: { "x-request-id": "r-1" } });
  equal(response.status, 500);
  equal(await code(response), "internal_error");
  ok(!(await response.text()).includes("SECRET") && !journal.join().includes("SECRET"));
  const [bug] = journal.map((line) => JSON.parse(line));
  deepEqual([bug.event, bug.kind, bug.request_id], ["internal_error", "RangeError", "r-1"]);
  ok(/^\w+\.ts:\d+$/.test(bug.place), bug.place);
});
