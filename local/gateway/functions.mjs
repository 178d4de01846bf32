const PREFIX = "/functions/v1";

function unavailable(message) {
  return Response.json({ code: "FUNCTION_UNAVAILABLE", message }, { status: 503 });
}

/** Hands /functions/v1/NAME to the Deno process, which sees the path as /NAME. */
export async function proxyFunction(request, functionsUrl) {
  const { pathname, search } = new URL(request.url);
  const target = new URL(pathname.slice(PREFIX.length) + search, functionsUrl);
  try {
    return await fetch(new Request(target, request), { redirect: "manual" });
  } catch {
    return unavailable("The Edge Function does not answer.");
  }
}
