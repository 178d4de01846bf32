/** The calls of the scorer: with the function's own credential, in the caller's name, within one deadline. */
import { Problem, scorerFailed, scorerRefused, scorerTimeout, scorerUnavailable } from "./problem.ts";
import type { Settings } from "./settings.ts";
import type { Trace } from "./trace.ts";
import { boundedPrefer, type Preference } from "./waiting.ts";

export interface ScorerAnswer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  /** Whether the scorer was asked twice, so that what it finds in flight may be our own first call. */
  isRepeated: boolean;
}

export interface Errand {
  method: "GET" | "POST" | "DELETE";
  path: string;
  body?: unknown;
  /** What makes it safe to say a POST twice. */
  key?: string;
  /** Absent: the scorer answers at once. */
  preference?: Preference;
}

const PAUSE_MS = 100;

/** The scorer as one request sees it; all its calls together take `scorerTimeoutMs` at most. */
export class Scorer {
  readonly requestedBy: string;
  private readonly deadline: AbortSignal;
  private readonly ends: number;

  constructor(
    private readonly settings: Settings,
    private readonly fetcher: typeof fetch,
    private readonly trace: Trace,
    userId: string,
  ) {
    this.requestedBy = `user:${userId}`;
    this.ends = performance.now() + settings.scorerTimeoutMs;
    this.deadline = AbortSignal.timeout(settings.scorerTimeoutMs);
  }

  /** An answer of any status with a readable body; throws a Problem where there is none. */
  async answer(errand: Errand): Promise<ScorerAnswer> {
    const { response, isRepeated } = await this.sent(errand);
    const body = await this.readable(response);
    // A wrong token of ours must not look to the app as if its user were signed out.
    if (response.status === 401 || response.status === 403) throw scorerRefused();
    const isProblem = response.status >= 400 && typeof body.code === "string";
    if (!response.ok && !isProblem) throw scorerFailed();
    return { status: response.status, headers: response.headers, body, isRepeated };
  }

  private async sent(errand: Errand): Promise<{ response: Response; isRepeated: boolean }> {
    try {
      return { response: await this.once(errand), isRepeated: false };
    } catch (error) {
      if (this.deadline.aborted) throw this.failure(error);
    }
    // No answer began, so it may be said once more: a POST carries its key.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    try {
      return { response: await this.once(errand), isRepeated: true };
    } catch (error) {
      throw this.failure(error);
    }
  }

  private async once({ method, path, body, key, preference }: Errand): Promise<Response> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.settings.scorerToken}`,
      "x-request-id": this.trace.requestId,
      traceparent: this.trace.traceparent,
      "x-requested-by": this.requestedBy,
    };
    if (this.trace.tracestate) headers.tracestate = this.trace.tracestate;
    if (body !== undefined) headers["content-type"] = "application/json";
    if (key !== undefined) headers["idempotency-key"] = key;
    if (preference) headers.prefer = boundedPrefer(preference, this.ends - performance.now());
    return await this.fetcher(`${this.settings.scorerUrl}${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: this.deadline,
      redirect: "manual",
    });
  }

  private async readable(response: Response): Promise<Record<string, unknown>> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw this.failure(error);
    }
    try {
      const body = JSON.parse(text);
      if (body !== null && typeof body === "object" && !Array.isArray(body)) return body;
    } catch {
      // Falls through: not JSON.
    }
    throw response.status >= 500 ? scorerUnavailable() : scorerFailed();
  }

  private failure(error: unknown): Problem {
    const isLate = this.deadline.aborted || (error instanceof DOMException && error.name === "TimeoutError");
    return isLate ? scorerTimeout() : scorerUnavailable();
  }
}
