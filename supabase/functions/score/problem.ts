/** RFC 9457 problems: a stable code, a sentence for people, and nothing from inside. */

const MEDIA_TYPE = "application/problem+json";

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(title);
  }

  response(): Response {
    const { status, code, title } = this;
    return problemResponse({ status, code, title }, status, this.headers);
  }
}

/** A problem document with the members given; `type` is made from the code. */
export function problemResponse(
  members: Record<string, unknown> & { code: string },
  status: number,
  headers: Record<string, string> = {},
): Response {
  const body = { type: `urn:speechgrade:problem:${members.code}`, ...members, status };
  return new Response(JSON.stringify(body), { status, headers: { ...headers, "content-type": MEDIA_TYPE } });
}

export const wrongSettings = (names: string[]) =>
  new Problem(500, "settings_invalid", `The function is not set up: ${names.join(", ")}.`);
export const wrongMethod = () =>
  new Problem(405, "method_not_allowed", "Only POST is understood.", { allow: "POST, OPTIONS" });
export const wrongBody = () =>
  new Problem(422, "request_invalid", 'The body must be {"evaluation_id": "<uuid>"} and nothing else.');
export const wrongKey = () => new Problem(422, "request_invalid", "The Idempotency-Key must be a UUID.");
export const wrongCredential = (missing: boolean) =>
  new Problem(
    401,
    missing ? "credential_missing" : "credential_wrong",
    missing ? "Sign in first." : "Sign in again.",
    { "www-authenticate": 'Bearer realm="speechgrade"' },
  );
export const unverifiable = () =>
  new Problem(503, "credential_unverifiable", "Sign-ins cannot be checked right now.", { "retry-after": "5" });
export const unknownEvaluation = () =>
  new Problem(404, "evaluation_unknown", "There is no such evaluation, or you may not see it.");
export const projectUnavailable = () =>
  new Problem(503, "project_unavailable", "The project does not answer. Try again later.", { "retry-after": "5" });
export const scorerUnavailable = () =>
  new Problem(503, "scorer_unavailable", "The scorer does not answer. Try again later.", { "retry-after": "5" });
export const scorerTimeout = () => new Problem(504, "scorer_timeout", "The scorer did not answer in time.");
export const scorerFailed = () => new Problem(502, "scorer_failed", "The scorer answered with something unreadable.");
export const scorerRefused = () =>
  new Problem(502, "scorer_credential_refused", "The scorer does not accept this function's credential.");
export const bug = () => new Problem(500, "internal_error", "Something went wrong inside the function.");
