/** The function's own span: in the caller's trace, told after the answer, and no hindrance to anything. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { hurried, silent, USER, VISIBLE, World } from "./world.ts";

const COLLECTOR = "http://collector.internal:4318";
const TRACE = "a".repeat(32);
const PARENT = "b".repeat(16);
const ASKED = { traceparent: `00-${TRACE}-${PARENT}-00`, tracestate: "app=1" };

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string };
}

/** A world with a collector, and the first body that it gets. */
async function traced(answer: (request: Request) => Response | Promise<Response> = () => new Response("{}")) {
  const world = await World.create({ SPEECHGRADE_OTLP_ENDPOINT: `${COLLECTOR}/` });
  const told = Promise.withResolvers<string>();
  world.rest = async (request) => {
    if (!request.url.startsWith(COLLECTOR)) return undefined as unknown as Response;
    equal(request.url, `${COLLECTOR}/v1/traces`);
    told.resolve(await request.clone().text());
    return await answer(request);
  };
  return { world, told: told.promise };
}

function spanOf(body: string) {
  const [resource] = JSON.parse(body).resourceSpans;
  deepEqual(resource.resource.attributes, [{ key: "service.name", value: { stringValue: "speechgrade-function" } }]);
  return resource.scopeSpans[0].spans[0];
}

function attributesOf(span: { attributes: Attribute[] }) {
  return Object.fromEntries(
    span.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  );
}

Deno.test("the span stands between the caller's and the scorer's", async () => {
  const { world, told } = await traced();
  equal((await world.call({ headers: ASKED })).status, 200);
  const span = spanOf(await told);
  deepEqual([span.traceId, span.parentSpanId, span.name], [TRACE, PARENT, "function.score"]);
  const order = world.orders[0]?.headers;
  equal(order?.get("traceparent"), `00-${TRACE}-${span.spanId}-01`);
  equal(order?.get("tracestate"), "app=1");
  deepEqual(attributesOf(span), {
    "http.request.method": "POST",
    "http.response.status_code": 200,
    "speechgrade.operation": "score",
  });
  ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
});

Deno.test("a span names nobody and quotes nothing", async () => {
  const { world, told } = await traced();
  await world.call({ headers: { ...ASKED, "x-request-id": "request-of-Noor" } });
  const body = await told;
  for (const word of [USER, VISIBLE, "Noor", "Bearer", "ssss"]) ok(!body.includes(word), word);
});

Deno.test("a refusal has its code", async () => {
  const { world, told } = await traced();
  await world.call({ token: null, headers: ASKED });
  const span = spanOf(await told);
  deepEqual(attributesOf(span), {
    "http.request.method": "POST",
    "http.response.status_code": 401,
    "error.type": "credential_missing",
  });
  deepEqual(span.status, {});
});

Deno.test("a method that nobody knows is not repeated", async () => {
  const { world, told } = await traced();
  await world.call({ method: "NOOR", headers: ASKED });
  equal(attributesOf(spanOf(await told))["http.request.method"], "_OTHER");
});

for (
  const [name, answer] of [
    ["refuses", () => new Response("no", { status: 503 })],
    ["is away", () => Promise.reject(new TypeError("no route"))],
  ] as [string, () => Response | Promise<Response>][]
) {
  Deno.test(`a collector that ${name} costs no answer`, async () => {
    const { world, told } = await traced(answer);
    equal((await world.call()).status, 200);
    await told;
  });
}

Deno.test("a collector that keeps silent is given up, and nobody waits for it", async () => {
  const { world } = await traced(silent);
  const work: Promise<unknown>[] = [];
  const platform = globalThis as { EdgeRuntime?: unknown };
  platform.EdgeRuntime = { waitUntil: (promise: Promise<unknown>) => work.push(promise) };
  try {
    const asked = await hurried(async () => {
      equal((await world.call()).status, 200);
      equal(work.length, 1);
      await work[0];
    });
    ok(asked.includes(2000), asked.join());
  } finally {
    delete platform.EdgeRuntime;
  }
});

Deno.test("without a collector the state passes on, and nothing is told", async () => {
  const world = await World.create();
  await world.call({ headers: ASKED });
  equal(world.orders[0]?.headers.get("tracestate"), "app=1");
  ok(world.orders[0]?.headers.get("traceparent")?.endsWith("-00"));
  equal(world.sent.filter((request) => request.url.includes("/v1/traces")).length, 0);
});

Deno.test("a state without a trace is not passed on", async () => {
  const world = await World.create();
  await world.call({ headers: { traceparent: "nonsense", tracestate: "app=1" } });
  equal(world.orders[0]?.headers.get("tracestate"), null);
});

Deno.test("an address that is none is named", async () => {
  const world = await World.create({ SPEECHGRADE_OTLP_ENDPOINT: "collector" });
  ok((await (await world.call()).json()).title.includes("SPEECHGRADE_OTLP_ENDPOINT"));
});
