import { deepEqual, equal, ok } from "node:assert/strict";
import { code, INVISIBLE, problem, SCORE, USER, VISIBLE, World } from "./world.ts";

const QUERY = `?score_id=${SCORE}`;
const PENDING = { score_id: SCORE, evaluation_id: VISIBLE, status: "queued" };

Deno.test("a score of an evaluation that the user may see is given out", async () => {
  const world = await World.create();
  const score = { score_id: SCORE, evaluation_id: VISIBLE, status: "ok" };
  world.scorer = () => Response.json(score);
  const response = await world.look(QUERY);
  equal(response.status, 200);
  deepEqual(await response.json(), score);
  equal(world.orders[0]?.url, `http://scorer.internal/v1/scores/${SCORE}`);
  equal(world.orders[0]?.method, "GET");
  equal(world.orders[0]?.headers.get("x-requested-by"), `user:${USER}`);
});

Deno.test("a score without an evaluation is its requester's", async () => {
  const world = await World.create();
  world.scorer = () => Response.json({ score_id: SCORE, evaluation_id: null, requested_by: `user:${USER}` });
  equal((await world.look(QUERY)).status, 200);
});

for (
  const [name, answer] of [
    ["of an evaluation that the user may not see", () => Response.json({ ...PENDING, evaluation_id: INVISIBLE })],
    ["of such an evaluation, pending", () => Response.json({ ...PENDING, evaluation_id: INVISIBLE }, { status: 202 })],
    ["of such an evaluation, absent", () => problem(502, "unscored", { score_id: SCORE, evaluation_id: INVISIBLE })],
    ["of such an evaluation, cancelled", () => problem(410, "score_cancelled", { evaluation_id: INVISIBLE })],
    ["of a text of somebody else", () => Response.json({ score_id: SCORE, requested_by: "user:other" })],
    ["of a text of nobody", () => Response.json({ score_id: SCORE, evaluation_id: null })],
    ["of the app", () => Response.json({ score_id: SCORE, requested_by: "app" })],
    ["of a text of somebody else, absent", () => problem(502, "unscored", { score_id: SCORE, reason: "x" })],
    ["of a text, absent, without its reason", () => problem(503, "engine_unavailable", { score_id: SCORE })],
    ["of a text, absent, without its id", () => problem(503, "engine_unavailable", { reason: "x" })],
    ["of a text, cancelled", () => problem(410, "score_cancelled")],
    ["that does not exist", () => problem(404, "score_unknown", { title: "Other words." })],
  ] as [string, () => Response][]
) {
  Deno.test(`a score ${name} is unknown, in the same words`, async () => {
    const world = await World.create();
    world.scorer = answer;
    const response = await world.look(QUERY, { headers: { prefer: "wait=5" } });
    equal(response.status, 404);
    equal(await code(response), "score_unknown");
    equal((await response.json()).title, "There is no such score, or you may not see it.");
    equal(world.orders.length, 1);
  });
}

Deno.test("the same absence is told that the order would have been answered with", async () => {
  const world = await World.create();
  const absence = { score_id: SCORE, evaluation_id: VISIBLE, reason: "answer_shape", retry: "later" };
  world.scorer = () => problem(502, "unscored", absence);
  const response = await world.look(QUERY);
  equal(response.status, 502);
  equal(await code(response), "unscored");
  equal((await response.json()).reason, "answer_shape");
});

Deno.test("a scorer in trouble is told as that, to everybody", async () => {
  const world = await World.create();
  for (const [status, name] of [[503, "project_unreachable"], [429, "scorer_busy"]] as const) {
    world.scorer = () => problem(status, name);
    equal(await code(await world.look(QUERY)), name);
  }
});

Deno.test("nobody waits for a score before it is known to be theirs", async () => {
  const world = await World.create();
  world.scorer = (_, call) => call === 1 ? Response.json(PENDING, { status: 202 }) : Response.json({ score_id: SCORE });
  const response = await world.look(QUERY, { headers: { prefer: "wait=7" } });
  equal(response.status, 200);
  deepEqual(world.orders.map((order) => order.headers.get("prefer")), [null, "wait=7"]);
});

Deno.test("who does not ask to wait is told at once", async () => {
  const world = await World.create();
  world.scorer = () => Response.json(PENDING, { status: 202, headers: { "retry-after": "soon" } });
  for (const prefer of ["", "respond-async", "wait=0"]) {
    const response = await world.look(QUERY, { headers: { prefer } });
    equal(response.status, 202);
    equal(response.headers.get("location"), QUERY);
    equal(response.headers.get("retry-after"), "1");
  }
  equal(world.orders.length, 3);
});

for (
  const query of ["", "?score_id=", "?score_id=x", `${QUERY}&score_id=${SCORE}`, `${QUERY}&batch_id=${SCORE}`, "?id=1"]
) {
  Deno.test(`GET ${query.slice(0, 60)} is not understood`, async () => {
    const world = await World.create();
    const response = await world.look(query);
    equal(response.status, 422);
    equal(await code(response), "request_invalid");
    deepEqual(world.sent, []);
  });
}

Deno.test("the client library's own query is left alone", async () => {
  const world = await World.create();
  world.scorer = () => Response.json({ score_id: SCORE, evaluation_id: VISIBLE });
  ok((await world.look(`${QUERY}&forceFunctionRegion=eu-west-1`)).ok);
});
