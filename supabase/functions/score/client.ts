/** Asks for the model's score of an evaluation and waits for it. For browsers: nothing but supabase-js is needed. */
import type { FunctionInvokeOptions, SupabaseClient } from "@supabase/supabase-js";

export interface Criterion {
  name: string;
  points: number | null;
  maxPoints: number;
  grade: string;
  gradeLabel: string;
}
export interface Section {
  score: number;
  maxScore: number;
  feedback: string;
  subcategories: Criterion[];
}
/** How sure the model was of one criterion: what it expects, and the interval that it holds for likely. */
export interface Certainty {
  expected: number;
  low: number;
  high: number;
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
  /** What no transcript shows, and was therefore left out. */
  notScored: { category: string; criterion: string; reason: string }[];
  /** By category and criterion; null where the model does not tell. */
  uncertainty: Record<string, Record<string, Certainty>> | null;
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
  onProgress?: (progress: Progress) => void;
}

const MOST_FAILURES = 3;
const LONGEST_PAUSE_S = 15;

/** Rejects only with the signal's reason; that stops the waiting, not the scoring. Asking again then is cheap. */
export async function scoreEvaluation(
  supabase: SupabaseClient,
  evaluationId: string,
  { signal, onProgress }: Options = {},
): Promise<Scored | Unscored> {
  const order = { body: { evaluation_id: evaluationId }, headers: { "Idempotency-Key": crypto.randomUUID() } };
  let scoreId: string | null = null;
  for (let failures = 0, round = 0;; round++) {
    signal?.throwIfAborted();
    const { data, response } = await asked(supabase, scoreId, order, signal);
    signal?.throwIfAborted();
    if (response?.status === 200) return scored(data);
    if (response?.status === 202) {
      failures = 0;
      scoreId = String(data.score_id);
      onProgress?.({ scoreId, status: data.status });
    } else {
      const problem = response ? await unscored(response) : NO_ANSWER;
      // The same key is sent again, so nothing is scored twice.
      if (!isPassing(response) || ++failures >= MOST_FAILURES) return problem;
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

const NO_ANSWER: Unscored = { kind: "unscored", code: "no_answer", reason: null, retry: "later" };

function isPassing(response: Response | undefined): boolean {
  return !response || [409, 429].includes(response.status);
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
    notScored: body.not_scored,
    uncertainty: body.uncertainty,
    review: body.review,
  };
}

async function unscored(response: Response): Promise<Unscored> {
  const problem = await response.json().catch(() => ({}));
  const { code = "no_answer", reason = null, retry = "later" } = problem;
  return { kind: "unscored", code, reason, retry };
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
