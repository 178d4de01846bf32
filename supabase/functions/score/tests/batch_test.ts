import { deepEqual, equal, ok } from "node:assert/strict";
import { BATCH, code, COURSE, manyIds, OTHER, problem, USER, World } from "./world.ts";

const QUERY = `?batch_id=${BATCH}`;
const ASKED = { body: JSON.stringify({ course_id: COURSE }) };
const OWN = { batch_id: BATCH, requested_by: `user:${USER}`, total: 2, queued: 1, running: 1, is_done: false };
const { requested_by: _, ...TOLD } = OWN;

async function course(count: number): Promise<World> {
  const world = await World.create();
  world.ofCourse = manyIds(count);
  world.scorer = () => Response.json(OWN, { status: 202, headers: { location: `/v1/score/batch/${BATCH}` } });
  return world;
}

Deno.test("a course is scored by the evaluations that the user sees", async () => {
  const world = await course(2);
  const response = await world.call({ ...ASKED, headers: { "idempotency-key": "k-1" } });
  equal(response.status, 202);
  deepEqual(await response.json(), TOLD);
  equal(response.headers.get("location"), QUERY);
  const [order] = world.orders;
  ok(order);
  equal(order.url, "http://scorer.internal/v1/score/batch");
  equal(order.headers.get("idempotency-key"), "k-1");
  equal(order.headers.get("x-requested-by"), `user:${USER}`);
  deepEqual(await order.json(), { evaluation_ids: world.ofCourse });
});

Deno.test("only living evaluations with a transcript are asked for, with the user's token", async () => {
  const world = await course(1);
  const token = await world.token();
  await world.call({ ...ASKED, token });
  const [read] = world.sent;
  ok(read);
  equal(read.headers.get("authorization"), `Bearer ${token}`);
  const query = new URL(read.url).searchParams;
  deepEqual(query.getAll("transcript"), ["not.is.null", "neq."]);
  equal(query.get("deleted_locally_at"), "is.null");
  equal(query.get("order"), "id.asc");
});

for (const [count, restCut] of [[1000, 1000], [1000, 400], [999, 333], [3, 1]] as const) {
  Deno.test(`all of ${count} evaluations are found, though REST gives ${restCut} at once`, async () => {
    const world = await course(count);
    world.restCut = restCut;
    equal((await world.call(ASKED)).status, 202);
    deepEqual((await world.orders[0]?.json()).evaluation_ids, world.ofCourse);
  });
}

Deno.test("more than a batch holds is said, and nothing is ordered", async () => {
  const world = await course(1001);
  const response = await world.call(ASKED);
  equal(response.status, 422);
  equal(await code(response), "batch_too_large");
  ok((await response.json()).title.includes("1000"));
  deepEqual(world.orders, []);
});

Deno.test("a course of which the user sees nothing is empty", async () => {
  const world = await course(0);
  const response = await world.call(ASKED);
  equal(response.status, 404);
  equal(await code(response), "batch_empty");
  deepEqual(world.orders, []);
});

Deno.test("a project that fails in the middle of a course orders nothing", async () => {
  const world = await course(10);
  world.restCut = 5;
  let reads = 0;
  world.rest = () => ++reads === 2 ? Response.json({ message: "x" }, { status: 503 }) : undefined;
  equal((await world.call(ASKED)).status, 503);
  deepEqual(world.orders, []);
});

Deno.test("a batch tells its requester how far it is", async () => {
  const world = await World.create();
  world.scorer = () => Response.json(OWN);
  const response = await world.look(QUERY);
  equal(response.status, 200);
  deepEqual(await response.json(), TOLD);
  equal(world.orders[0]?.url, `http://scorer.internal/v1/score/batch/${BATCH}`);
});

Deno.test("a batch is cancelled by its requester", async () => {
  const world = await World.create();
  world.scorer = () => Response.json({ ...OWN, is_done: true });
  equal((await world.look(QUERY, { method: "DELETE" })).status, 200);
  deepEqual(world.orders.map((order) => order.method), ["GET", "DELETE"]);
  equal(world.orders[1]?.headers.get("x-requested-by"), `user:${USER}`);
});

for (const method of ["GET", "DELETE"]) {
  for (
    const [name, answer] of [
      ["of somebody else", () => Response.json({ ...OWN, requested_by: `user:${OTHER}` })],
      ["of the app", () => Response.json({ ...OWN, requested_by: "app" })],
      ["of nobody", () => Response.json(TOLD)],
      ["that does not exist", () => problem(404, "batch_unknown", { title: "Other words." })],
    ] as [string, () => Response][]
  ) {
    Deno.test(`${method} of a batch ${name} is unknown, and nothing happens to it`, async () => {
      const world = await World.create();
      world.scorer = answer;
      const response = await world.look(QUERY, { method });
      equal(response.status, 404);
      equal(await code(response), "batch_unknown");
      equal((await response.json()).title, "There is no such batch, or it is not yours.");
      deepEqual(world.orders.map((order) => order.method), ["GET"]);
    });
  }
}

Deno.test("a scorer in trouble cancels nothing", async () => {
  const world = await World.create();
  world.scorer = () => problem(503, "project_unreachable");
  equal(await code(await world.look(QUERY, { method: "DELETE" })), "project_unreachable");
  deepEqual(world.orders.map((order) => order.method), ["GET"]);
});

for (const query of ["", "?batch_id=x", `?score_id=${BATCH}`]) {
  Deno.test(`DELETE ${query} is not understood`, async () => {
    const world = await World.create();
    const response = await world.look(query, { method: "DELETE" });
    equal(response.status, 422);
    deepEqual(world.sent, []);
  });
}
