/** RFC 9457 problems: a stable code, a sentence for people, whether asking again helps, and nothing from inside. */

const MEDIA_TYPE = "application/problem+json";

export type Retry = "never" | "later" | "operator";

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly retry: Retry = "never",
    readonly headers: Record<string, string> = {},
  ) {
    super(title);
  }

  response(): Response {
    const { status, code, title, retry } = this;
    return problemResponse({ code, title, retry }, status, this.headers);
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

const SOON = { "retry-after": "5" };

export const wrongSettings = (names: string[]) =>
  new Problem(500, "settings_invalid", `The function is not set up: ${names.join(", ")}.`, "operator");
export const wrongMethod = (allow: string) =>
  new Problem(405, "method_not_allowed", `Only ${allow} are understood.`, "never", { allow });
export const wrongRequest = (title: string) => new Problem(422, "request_invalid", title);
export const wrongMediaType = () => new Problem(415, "media_type_unsupported", "The body must be application/json.");
export const bodyTooLarge = () => new Problem(413, "body_too_large", "The body is longer than is accepted.");
export const bodyTooSlow = () => new Problem(408, "body_too_slow", "The body did not arrive in time.", "later");
export const wrongCredential = (missing: boolean) =>
  new Problem(
    401,
    missing ? "credential_missing" : "credential_wrong",
    missing ? "Sign in first." : "Sign in again.",
    "never",
    { "www-authenticate": 'Bearer realm="speechgrade"' },
  );
export const unverifiable = () =>
  new Problem(503, "credential_unverifiable", "Sign-ins cannot be checked right now.", "later", SOON);
export const unknownEvaluation = () =>
  new Problem(404, "evaluation_unknown", "There is no such evaluation, or you may not see it.");
export const unknownScore = () => new Problem(404, "score_unknown", "There is no such score, or you may not see it.");
export const unknownBatch = () => new Problem(404, "batch_unknown", "There is no such batch, or it is not yours.");
export const emptyCourse = () =>
  new Problem(404, "batch_empty", "The course has no evaluations with a transcript, or you may not see them.");
export const courseTooLarge = (most: number) =>
  new Problem(422, "batch_too_large", `A course of more than ${most} evaluations cannot be scored at once.`);
export const projectUnavailable = () =>
  new Problem(503, "project_unavailable", "The project does not answer. Try again later.", "later", SOON);
export const scorerUnavailable = () =>
  new Problem(503, "scorer_unavailable", "The scorer does not answer. Try again later.", "later", SOON);
export const scorerTimeout = () => new Problem(504, "scorer_timeout", "The scorer did not answer in time.", "later");
export const scorerFailed = () =>
  new Problem(502, "scorer_failed", "The scorer answered with something unreadable.", "operator");
export const scorerRefused = () =>
  new Problem(502, "scorer_credential_refused", "The scorer does not accept this function's credential.", "operator");
export const bug = () => new Problem(500, "internal_error", "Something went wrong inside the function.", "operator");
