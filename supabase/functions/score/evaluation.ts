/** Whether the caller may see an evaluation: row level security decides, not we. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { projectUnavailable, unknownEvaluation } from "./problem.ts";

export async function refuseInvisible(client: SupabaseClient, evaluationId: string): Promise<void> {
  const { data, error } = await client.from("evaluations").select("id").eq("id", evaluationId).maybeSingle();
  if (error) throw projectUnavailable();
  if (!data) throw unknownEvaluation();
}
