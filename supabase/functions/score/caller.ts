/** Who calls: the user of a token that this project's keys have signed, and a client that sees what they may see. */
import { createContextClient, verifyAuth } from "@supabase/server/core";
import type { SupabaseClient } from "@supabase/supabase-js";
import { unverifiable, wrongCredential } from "./problem.ts";
import type { Settings } from "./settings.ts";

export interface Caller {
  userId: string;
  client: SupabaseClient;
}

/** Throws `credential_missing` or `credential_wrong`; why a token is wrong is not said. */
export async function verifiedCaller(request: Request, settings: Settings, fetcher: typeof fetch): Promise<Caller> {
  const { data, error } = await verifyAuth(request, {
    auth: "user",
    issuer: settings.issuer,
    audience: "authenticated",
    env: settings.project,
  });
  if (error && error.status >= 500) throw unverifiable();
  if (!data?.userClaims) throw wrongCredential(!request.headers.get("authorization"));
  const client = createContextClient({
    auth: { token: data.token },
    env: settings.project,
    supabaseOptions: { global: { fetch: fetcher } },
  });
  return { userId: data.userClaims.id, client };
}
