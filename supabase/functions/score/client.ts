/** Asks for the model's score of an evaluation and waits for it. For browsers: nothing but supabase-js is needed. */
import type { FunctionInvokeOptions, SupabaseClient } from "@supabase/supabase-js";

/** Why something has no points: no transcript shows it. */
export type NotScored = "needs_video" | "needs_audio";
export interface Criterion {
  name: string;
  points: number | null;
  maxPoints: number;
  grade: string;
  gradeLabel: string;
  notScored?: NotScored | null;
}
export interface Section {
  score: number | null;
  maxScore: number;
  feedback: string;
  subcategories: Criterion[];
  notScored?: NotScored | null;
}
/** Points that the model expected, and where the middle 80 % of its probability lie. */
export interface Interval {
  expected: number;
  low: number;
  high: number;
}
/** How sure the model was: of each criterion, by category, and of the total. Null: too little is known to tell. */
export interface Uncertainty {
  criteria: Record<string, Record<string, Interval & { probability: number } | null>>;
  total: Interval | null;
}
export interface Scored {
  kind: "scored";
  scoreId: string;
  modelUsed: string;
  isFallback: boolean;
  /** By category, in the rubric's order. */
  sections: Record<string, Section>;
  overallComments: string;
  totalScore: number;
  maxScore: number;
  percentage: string;
  letterGrade: string;
  /** What was left out, for a person to score. */
  notScored: { category: string; criterion: string; reason: NotScored }[];
  uncertainty: Uncertainty | null;
  /** Whether a person should look at it before it counts, and why. */
  review: { needed: boolean; reasons: { code: string; category?: string; criterion?: string }[] };
}
export interface Unscored {
  kind: "unscored";
  code: string;
  reason: string | null;
  /** `later`: asking again may help. `operator`: somebody has to repair something first. */
  retry: "never" | "later" | "operator";
}
export interface Progress {
  scoreId: string;
  status: "queued" | "running";
}
interface Options {
  signal?: AbortSignal;
  /** Who asks again under the same key, after a reload of the page say, gets the same score and makes no second one. */
  key?: string;
  onProgress?: (progress: Progress) => void;
}

const MOST_FAILURES = 3;
const LONGEST_PAUSE_S = 5;

/** Rejects only with the signal's reason; that stops the waiting, not the scoring. */
export async function scoreEvaluation(
  supabase: SupabaseClient,
  evaluationId: string,
  { signal, onProgress, key = crypto.randomUUID() }: Options = {},
): Promise<Scored | Unscored> {
  const order = { body: { evaluation_id: evaluationId }, headers: { "Idempotency-Key": key } };
  let scoreId: string | null = null;
  for (let failures = 0, round = 0;; round++) {
    signal?.throwIfAborted();
    const { data, response } = await asked(supabase, scoreId, order, signal);
    signal?.throwIfAborted();
    if (response?.status === 200) return scored(data);
    const problem = response?.status === 202 ? null : await problemOf(response);
    if (problem === null) {
      failures = 0;
      scoreId = String(data.score_id);
      onProgress?.({ scoreId, status: data.status });
    } else if (problem.code === "score_in_flight" && problem.score_id) {
      scoreId = problem.score_id;
    } else if (!isPassing(response, problem) || ++failures >= MOST_FAILURES) {
      return unscored(problem);
    }
    await pause(Number(response?.headers.get("retry-after") ?? 0), round, signal);
  }
}

/** The order, or once its id is known a look at what became of it, which may take a while to answer. */
function asked(
  supabase: SupabaseClient,
  scoreId: string | null,
  order: FunctionInvokeOptions,
  signal?: AbortSignal,
) {
  if (scoreId === null) return supabase.functions.invoke("score", { ...order, signal });
  const look = { method: "GET" as const, headers: { Prefer: "wait=20" }, signal };
  return supabase.functions.invoke(`score?score_id=${scoreId}`, look);
}

interface Problem {
  code?: string;
  reason?: string;
  retry?: Unscored["retry"];
  score_id?: string;
}

async function problemOf(response: Response | undefined): Promise<Problem> {
  return await response?.json().catch(() => ({})) ?? {};
}

/** Whether network or service failed, and not the score. The same key is sent again, so nothing is scored twice. */
function isPassing(response: Response | undefined, problem: Problem): boolean {
  return !response || ([429, 503, 504].includes(response.status) && !problem.score_id);
}

// deno-lint-ignore no-explicit-any
function scored(body: any): Scored {
  return {
    kind: "scored",
    scoreId: body.score_id,
    modelUsed: body.model_used,
    isFallback: body.status === "fallback",
    sections: body.sections,
    overallComments: body.overallComments,
    totalScore: body.totalScore,
    maxScore: body.maxScore,
    percentage: body.percentage,
    letterGrade: body.letterGrade,
    notScored: body.notScored ?? [],
    uncertainty: body.uncertainty,
    review: body.review,
  };
}

function unscored({ code = "no_answer", reason, retry = "later" }: Problem): Unscored {
  return { kind: "unscored", code, reason: reason ?? null, retry };
}

async function pause(askedS: number, round: number, signal?: AbortSignal): Promise<void> {
  const seconds = Math.max(askedS || 0, Math.min(0.25 * 2 ** round, LONGEST_PAUSE_S)) * (1 + Math.random() / 4);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(go, 1000 * seconds);
    signal?.addEventListener("abort", go);
    function go() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", go);
      resolve();
    }
  });
}
