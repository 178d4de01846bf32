/** The main service of the edge runtime: gives each request to the worker of the one function that there is. */

interface Worker {
  fetch(request: Request): Promise<Response>;
}

interface WorkerOptions {
  servicePath: string;
  memoryLimitMb: number;
  workerTimeoutMs: number;
  noModuleCache: boolean;
  envVars: [string, string][];
}

declare const EdgeRuntime: { userWorkers: { create(options: WorkerOptions): Promise<Worker> } };

const FUNCTIONS = ["score"];
const FOLDER = "/etc/speechgrade/functions";
/** As on a hosted project: 256 MB, and 400 s, after which a new worker takes over. */
const LIMITS = { memoryLimitMb: 256, workerTimeoutMs: 400_000, noModuleCache: false };

function problem(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}

async function byWorker(name: string, request: Request): Promise<Response> {
  const envVars = Object.entries(Deno.env.toObject());
  const worker = await EdgeRuntime.userWorkers.create({ servicePath: `${FOLDER}/${name}`, envVars, ...LIMITS });
  return await worker.fetch(request);
}

async function answer(request: Request): Promise<Response> {
  const name = new URL(request.url).pathname.split("/")[1] ?? "";
  if (!FUNCTIONS.includes(name)) return problem(404, "NOT_FOUND", "There is no such function.");
  try {
    return await byWorker(name, request).catch((error) => {
      // Its time was over before the request reached it: the next one gets it.
      if (error.name === "WorkerAlreadyRetired") return byWorker(name, request);
      throw error;
    });
  } catch (error) {
    // The name of the error alone: its text may quote the request.
    console.error(JSON.stringify({ event: "function_failed", function: name, error: (error as Error).name }));
    return problem(503, "FUNCTION_UNAVAILABLE", "The function does not answer.");
  }
}

Deno.serve(answer);
