/** The browser's client against the function, over supabase-js as an app uses it. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type Progress, scoreEvaluation } from "../client.ts";
import { INVISIBLE, problem, PROJECT, SCORE, VISIBLE, World } from "./world.ts";

const ANSWER = {
  score_id: SCORE,
  evaluation_id: VISIBLE,
  status: "ok",
  model_used: "base@1+sg-1+r1",
  prompt_version: "r1",
  adapter: null,
  attempts: 1,
  sections: { Content: { score: 3.5, maxScore: 4, feedback: "Clear.", subcategories: [] } },
  overallComments: "Fine.",
  totalScore: 3.5,
  maxScore: 4,
  percentage: "87.5",
  letterGrade: "B",
  uncertainty: {
    criteria: { Content: { Hook: { expected: 3.4, low: 3, high: 4, probability: 0.6 } } },
    total: { expected: 3.4, low: 3, high: 4 },
  },
  review: { needed: true, reasons: [{ code: "wide_interval", category: "Content", criterion: "Hook" }] },
  notScored: [{ category: "Delivery", criterion: "Eye contact", reason: "needs_video" }],
  is_challenger: false,
};
const pending = (status: string) =>
  Response.json({ score_id: SCORE, evaluation_id: VISIBLE, status }, { status: 202, headers: { "retry-after": "0" } });

/** supabase-js of a signed-in user, whose network is the function alone. */
async function app(world: World, network?: () => void): Promise<SupabaseClient> {
  const token = await world.token();
  const reach: typeof fetch = async (input, init) => {
    network?.();
    const request = new Request(input, init);
    ok(request.url.startsWith(`${PROJECT}/functions/v1/score`));
    return await world.handler(request);
  };
  return createClient(PROJECT, "sb_publishable_test", {
    accessToken: () => Promise.resolve(token),
    global: { fetch: reach },
  });
}

Deno.test("a score comes with everything that an app shows of it", async () => {
  const world = await World.create();
  world.scorer = () => Response.json(ANSWER);
  const { sections, overallComments, totalScore, maxScore, percentage, letterGrade, uncertainty, review } = ANSWER;
  deepEqual(await scoreEvaluation(await app(world), VISIBLE), {
    ...{ kind: "scored", scoreId: SCORE, modelUsed: "base@1+sg-1+r1", isFallback: false },
    ...{ sections, overallComments, totalScore, maxScore, percentage, letterGrade, uncertainty, review },
    notScored: ANSWER.notScored,
  });
  ok(world.orders[0]?.headers.get("idempotency-key"));
});

Deno.test("a score that takes longer is waited for, and its progress is told", async () => {
  const world = await World.create();
  const script = [pending("queued"), pending("queued"), pending("running"), Response.json(ANSWER)];
  world.scorer = (_, call) => script[call - 1] ?? problem(500, "too_often");
  const told: Progress[] = [];
  const outcome = await scoreEvaluation(await app(world), VISIBLE, { onProgress: (progress) => told.push(progress) });
  equal(outcome.kind, "scored");
  deepEqual(told.map((one) => one.status), ["queued", "running"]);
  deepEqual(world.orders.map((order) => order.method), ["POST", "GET", "GET", "GET"]);
});

for (
  const [name, answer, expected] of [
    ["absent", () => problem(502, "unscored", { reason: "answer_shape", retry: "later" }), [
      "unscored",
      "answer_shape",
      "later",
    ]],
    ["refused by the scorer", () => problem(422, "transcript_missing"), ["transcript_missing", null, "never"]],
    ["not to be had for now", () => problem(503, "no_champion", { score_id: SCORE, retry: "later" }), [
      "no_champion",
      null,
      "later",
    ]],
  ] as [string, () => Response, [string, string | null, string]][]
) {
  Deno.test(`a score that is ${name} is told with its reason, and asked for once`, async () => {
    const world = await World.create();
    world.scorer = answer;
    const [code, reason, retry] = expected;
    deepEqual(await scoreEvaluation(await app(world), VISIBLE), { kind: "unscored", code, reason, retry });
    equal(world.orders.length, 1);
  });
}

Deno.test("an evaluation of somebody else has no score", async () => {
  const world = await World.create();
  const outcome = await scoreEvaluation(await app(world), INVISIBLE);
  deepEqual(outcome, { kind: "unscored", code: "evaluation_unknown", reason: null, retry: "never" });
});

Deno.test("a score that turns out absent while it is waited for is told as absent", async () => {
  const world = await World.create();
  const absence = { score_id: SCORE, evaluation_id: VISIBLE, reason: "deadline", retry: "later" };
  world.scorer = (_, call) => call === 1 ? pending("running") : problem(502, "unscored", absence);
  const outcome = await scoreEvaluation(await app(world), VISIBLE);
  deepEqual(outcome, { kind: "unscored", code: "unscored", reason: "deadline", retry: "later" });
});

Deno.test("a broken network is tried again under the same key, but not for ever", async () => {
  const world = await World.create();
  world.scorer = () => Response.json(ANSWER);
  let calls = 0;
  const flaky = await app(world, () => {
    if (++calls === 1) throw new TypeError("network");
  });
  equal((await scoreEvaluation(flaky, VISIBLE)).kind, "scored");
  equal(calls, 2);
  const gone = await app(world, () => {
    throw new TypeError("network");
  });
  deepEqual(await scoreEvaluation(gone, VISIBLE), {
    kind: "unscored",
    code: "no_answer",
    reason: null,
    retry: "later",
  });
});

for (const [status, name] of [[429, "scorer_busy"], [503, "scorer_draining"]] as const) {
  Deno.test(`a scorer that says ${name} is asked again`, async () => {
    const world = await World.create();
    world.scorer = (_, call) => call === 1 ? problem(status, name, { retry: "later" }) : Response.json(ANSWER);
    equal((await scoreEvaluation(await app(world), VISIBLE)).kind, "scored");
    const [first, second] = world.orders.map((order) => order.headers.get("idempotency-key"));
    equal(first, second);
  });
}

Deno.test("a page that was left goes on under its key", async () => {
  const world = await World.create();
  world.scorer = () => Response.json(ANSWER);
  await scoreEvaluation(await app(world), VISIBLE, { key: "page:1" });
  equal(world.orders[0]?.headers.get("idempotency-key"), "page:1");
});

Deno.test("an order whose first answer was lost finds its score in flight, and waits for that", async () => {
  const world = await World.create();
  const script = [problem(503, "x"), problem(409, "score_in_flight", { score_id: SCORE }), Response.json(ANSWER)];
  world.scorer = (_, call) => script[call - 1] ?? problem(500, "too_often");
  equal((await scoreEvaluation(await app(world), VISIBLE)).kind, "scored");
  equal(world.orders[2]?.url, `http://scorer.internal/v1/scores/${SCORE}`);
});

Deno.test("who stops waiting stops at once, also in a pause", async () => {
  const world = await World.create();
  world.scorer = () => {
    const response = pending("running");
    response.headers.set("retry-after", "60");
    return response;
  };
  const stop = new AbortController();
  const outcome = scoreEvaluation(await app(world), VISIBLE, {
    signal: stop.signal,
    onProgress: () => queueMicrotask(() => stop.abort(new Error("enough"))),
  });
  await rejects(outcome, /enough/);
  equal(world.orders.length, 1);
  await rejects(scoreEvaluation(await app(world), VISIBLE, { signal: AbortSignal.abort() }));
  equal(world.orders.length, 1);
});
