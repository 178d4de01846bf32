/** The function on a port, before a project and a scorer on ports of their own. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { jsonBody } from "../body.ts";
import { createHandler } from "../handler.ts";
import { readSettings } from "../settings.ts";
import { BATCH, code, hurried, SCORE, USER, VISIBLE, World } from "./world.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0, onListen: () => {} };

interface Wire {
  world: World;
  url: string;
}

/** Runs with everything on loopback: a handler of the scorer, and the function with real `fetch`. */
async function wired(
  scorer: (request: Request) => Response | Promise<Response>,
  use: (wire: Wire) => Promise<void>,
  changes: Record<string, string> = {},
): Promise<void> {
  await using rest = Deno.serve(LOOPBACK, () => Response.json([{ id: VISIBLE }]));
  await using behind = Deno.serve(LOOPBACK, scorer);
  const world = await World.create({ SUPABASE_URL: at(rest), SPEECHGRADE_SCORER_URL: at(behind), ...changes });
  await using edge = Deno.serve(LOOPBACK, createHandler(readSettings(world.env)));
  await use({ world, url: at(edge) });
}

function at(server: Deno.HttpServer<Deno.NetAddr>): string {
  return `http://127.0.0.1:${server.addr.port}`;
}

async function raw(url: string, head: string, body: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await connection.write(new TextEncoder().encode(`${head}\r\nHost: x\r\nConnection: close\r\n\r\n${body}`));
  return await new Response(connection.readable).text();
}

const scored = () => Response.json({ score_id: SCORE, evaluation_id: VISIBLE });

async function post(wire: Wire, init: RequestInit = {}): Promise<Response> {
  const authorization = `Bearer ${await wire.world.token()}`;
  const body = JSON.stringify({ evaluation_id: VISIBLE });
  const headers = { authorization, "content-type": "application/json" };
  return await fetch(wire.url, { method: "POST", body, ...init, headers });
}

Deno.test("a score comes through over real connections", async () => {
  await wired(scored, async (wire) => {
    const response = await post(wire);
    equal(response.status, 200);
    equal((await response.json()).score_id, SCORE);
  });
});

for (
  const [method, query, answer] of [["GET", "score_id", { score_id: SCORE, evaluation_id: VISIBLE }], [
    "DELETE",
    "batch_id",
    { batch_id: BATCH, requested_by: `user:${USER}` },
  ]] as const
) {
  Deno.test(`${method} comes through over real connections`, async () => {
    await wired(() => Response.json(answer), async ({ world, url }) => {
      const headers = { authorization: `Bearer ${await world.token()}` };
      const response = await fetch(`${url}?${query}=${BATCH}`, { method, headers });
      equal(response.status, 200, await response.text());
    });
  });
}

Deno.test("a body is measured as it is read, announced or not", async () => {
  await wired(scored, async (wire) => {
    const long = `{"a":"${"x".repeat(5000)}"}`;
    for (const body of [long, new Blob([long]).stream()]) {
      const response = await post(wire, { body });
      equal(response.status, 413);
      equal(await code(response), "body_too_large");
    }
    const chunked = new Blob([JSON.stringify({ evaluation_id: VISIBLE })]).stream();
    equal(await (await post(wire, { body: chunked })).json().then((body) => body.score_id), SCORE);
  });
});

Deno.test("a body that does not come is not waited for", async () => {
  const never = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(new Uint8Array([123])) });
  const headers = { "content-type": "application/json" };
  const request = new Request("http://edge/score", { method: "POST", headers, body: never });
  const refusal = await jsonBody(request, 50).catch((error) => error);
  deepEqual([refusal.status, refusal.code], [408, "body_too_slow"]);
});

for (const [announced, body] of [["Content-Length: 2", "{}"], ["Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"]]) {
  Deno.test(`GET with a body (${announced}) is refused`, async () => {
    await wired(scored, async (wire) => {
      const token = await wire.world.token();
      const head = `GET /score?score_id=${SCORE} HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n${announced}`;
      const answer = await raw(wire.url, head, body ?? "");
      ok(answer.startsWith("HTTP/1.1 422") && answer.includes("GET takes no body"), answer);
    });
  });
}

Deno.test("a scorer that hangs in the middle of its answer is given up in time", async () => {
  const half = () =>
    new Response(new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"score_id":')) }));
  await wired(half, async (wire) => {
    const response = await post(wire);
    equal(response.status, 504);
    equal(await code(response), "scorer_timeout");
  }, { SPEECHGRADE_SCORER_TIMEOUT_MS: "300" });
});

Deno.test("a scorer that points elsewhere is not followed with the function's credential", async () => {
  let followed = 0;
  await using elsewhere = Deno.serve(LOOPBACK, () => (followed++, scored()));
  await wired(() => Response.redirect(at(elsewhere), 307), async (wire) => {
    equal(await code(await post(wire)), "scorer_failed");
  });
  equal(followed, 0);
});

Deno.test("a scorer that is not there is unavailable", async () => {
  await wired(scored, async (wire) => {
    equal(await code(await post(wire)), "scorer_unavailable");
  }, { SPEECHGRADE_SCORER_URL: "http://127.0.0.1:9" });
});

Deno.test("a connection that is reset before an answer costs nobody a score", async () => {
  const keys: string[] = [];
  await using behind = Deno.serve(LOOPBACK, (request) => {
    keys.push(request.headers.get("idempotency-key") ?? "");
    return scored();
  });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy = relay(listener, behind.addr.port);
  await wired(scored, async (wire) => equal((await post(wire)).status, 200), {
    SPEECHGRADE_SCORER_URL: `http://127.0.0.1:${listener.addr.port}`,
  });
  await proxy;
  equal(keys.length, 2);
  equal(keys[0], keys[1]);
});

/** Brings the first request to its goal and swallows the answer; lets the second through. */
async function relay(listener: Deno.TcpListener, port: number): Promise<void> {
  for (const isSwallowed of [true, false]) {
    using caller = await listener.accept();
    using goal = await Deno.connect({ hostname: "127.0.0.1", port });
    const buffer = new Uint8Array(65536);
    await goal.write(buffer.subarray(0, await caller.read(buffer) ?? 0));
    const length = await goal.read(buffer) ?? 0;
    if (!isSwallowed) await caller.write(buffer.subarray(0, length));
  }
}

const keysAt = { SUPABASE_JWKS: "" };

Deno.test("keys are fetched from the project where none are given, once for many tokens", async () => {
  const world = await World.create();
  const fetched: string[] = [];
  await using project = Deno.serve(LOOPBACK, (request) => {
    fetched.push(new URL(request.url).pathname);
    return new Response(world.env.SUPABASE_JWKS);
  });
  const env = { ...world.env, ...keysAt, SUPABASE_URL: at(project) };
  const handler = createHandler(readSettings(env), world.fetch);
  const claims = { iss: `${at(project)}/auth/v1` };
  for (const id of [1, 2, 3]) {
    const headers = { authorization: `Bearer ${await world.token({ claims })}`, "content-type": "application/json" };
    const body = JSON.stringify({ evaluation_id: VISIBLE });
    equal((await handler(new Request("http://edge/score", { method: "POST", headers, body }))).status, 200, `${id}`);
  }
  deepEqual(fetched, ["/auth/v1/.well-known/jwks.json"]);
});

for (
  const [name, answer] of [
    ["that nobody answers for", null],
    ["that come as an error", () => new Response("SECRET", { status: 500 })],
    ["that are none", () => new Response("SECRET")],
    ["that are something else", () => Response.json({ a: "SECRET" })],
  ] as [string, (() => Response) | null][]
) {
  Deno.test(`keys ${name} sign nobody out`, async () => {
    await using project = Deno.serve(LOOPBACK, answer ?? scored);
    const url = at(project);
    if (answer === null) await project.shutdown();
    const world = await World.create({ ...keysAt, SUPABASE_URL: url });
    const response = await world.call();
    equal(response.status, 503);
    equal(response.headers.get("retry-after"), "5");
    ok(!(await response.clone().text()).includes("SECRET"));
    equal(await code(response), "credential_unverifiable");
    deepEqual(world.sent, []);
  });
}

Deno.test("keys that do not come are waited for 5 seconds", async () => {
  const stop = new AbortController();
  const hanging = { ...LOOPBACK, signal: stop.signal };
  const project = Deno.serve(hanging, () => new Promise<Response>(() => {}));
  const world = await World.create({ ...keysAt, SUPABASE_URL: at(project) });
  const asked = await hurried(async () => equal(await code(await world.call()), "credential_unverifiable"));
  deepEqual(asked, [5000]);
  stop.abort();
});
