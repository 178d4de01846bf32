/**
 * Who calls: the user of a token that this project's keys have signed, and a client that sees what they may see.
 * The core of @supabase/server is used and not its `withSupabase`, because that answers refusals itself: as JSON with
 * hints for developers instead of problem+json, with 500 for keys that cannot be fetched, and without a look at the role.
 */
import { createContextClient, verifyAuth } from "@supabase/server/core";
import type { SupabaseClient } from "@supabase/supabase-js";
import { isUuid } from "./ask.ts";
import { unverifiable, wrongCredential } from "./problem.ts";
import type { Settings } from "./settings.ts";

export interface Caller {
  userId: string;
  client: SupabaseClient;
}

const ROLE = "authenticated";

/** Throws `credential_missing`, `credential_wrong` or `credential_unverifiable`; why a token is wrong is not said. */
export async function verifiedCaller(request: Request, settings: Settings, fetcher: typeof fetch): Promise<Caller> {
  const { data, error } = await verifyAuth(request, {
    auth: "user",
    issuer: settings.issuer,
    audience: ROLE,
    env: settings.project,
  });
  if (error && error.status >= 500) throw unverifiable();
  const claims = data?.jwtClaims;
  // The package does not ask for an end, nor for a role: keys of the project sign tokens of services, too.
  if (!claims || claims.role !== ROLE || typeof claims.exp !== "number" || !isUuid(claims.sub)) {
    throw wrongCredential(!request.headers.get("authorization"));
  }
  const client = createContextClient({
    auth: { token: data.token },
    env: settings.project,
    supabaseOptions: { global: { fetch: fetcher } },
  });
  return { userId: claims.sub.toLowerCase(), client };
}
