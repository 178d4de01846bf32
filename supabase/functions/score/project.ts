/** What of the project the caller may see: row level security decides, not we. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { courseTooLarge, projectUnavailable } from "./problem.ts";

const TIMEOUT_MS = 10_000;
export const MOST_OF_A_COURSE = 1000;

export async function isVisible(client: SupabaseClient, evaluationId: string): Promise<boolean> {
  const { data, error } = await client.from("evaluations").select("id").eq("id", evaluationId)
    .abortSignal(AbortSignal.timeout(TIMEOUT_MS)).retry(false).maybeSingle();
  if (error) throw projectUnavailable();
  return data !== null;
}

/**
 * The ids of a course's evaluations that can be scored, in order. REST cuts long answers without a word, so the pages
 * are asked for by the last id seen, until one is empty. Throws `batch_too_large`.
 */
export async function scorableOfCourse(client: SupabaseClient, courseId: string): Promise<string[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ids: string[] = [];
  for (;;) {
    const page = await pageAfter(ids.at(-1), client, courseId, signal);
    if (page.length === 0) return ids;
    ids.push(...page);
    if (ids.length > MOST_OF_A_COURSE) throw courseTooLarge(MOST_OF_A_COURSE);
  }
}

async function pageAfter(
  last: string | undefined,
  client: SupabaseClient,
  courseId: string,
  signal: AbortSignal,
): Promise<string[]> {
  const rows = client.from("evaluations").select("id").eq("course_id", courseId).is("deleted_locally_at", null)
    .not("transcript", "is", null).neq("transcript", "");
  const beyond = last === undefined ? rows : rows.gt("id", last);
  const { data, error } = await beyond.order("id").limit(MOST_OF_A_COURSE).abortSignal(signal).retry(false);
  if (error) throw projectUnavailable();
  return data.map((row) => String(row.id));
}
