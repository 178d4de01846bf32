/** The Edge Function `score`: a signed-in instructor asks for the model's scores of evaluations that they may see. */
import { createHandler } from "./handler.ts";
import { readSettings } from "./settings.ts";

export default { fetch: createHandler(readSettings(Deno.env.toObject())) };
