/**
 * The embedded stand-in for a Supabase project's API: REST, Auth and Storage of @supabase/lite
 * behind one loopback port, with ES256 user tokens, a key set and a /functions/v1 route, as on a
 * hosted project. Usage: node gateway.mjs CONFIG.json
 */
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { App } from "@supabase/lite";
import { GrantedConnection } from "./connection.mjs";
import { FileObjects } from "./files.mjs";
import { proxyFunction } from "./functions.mjs";
import { TokenExchange } from "./tokens.mjs";

const SERVED = ["/rest/v1", "/auth/v1", "/storage/v1"];
const KEY_SET = "/auth/v1/.well-known/jwks.json";

async function createApp(config) {
  const app = new App({
    connection: new GrantedConnection({ url: config.database_url }),
    api: { enabled: true, schemas: config.schemas },
    auth: {
      enabled: true,
      jwt_secret: config.jwt_secret,
      publishable_key: config.publishable_key,
      secret_key: config.secret_key,
      email: { enable_confirmations: false },
    },
    storage: { enabled: true, file_size_limit: config.file_size_limit, buckets: config.buckets },
    options: { server: { admin: false } },
  });
  app._storageAdapter = new FileObjects(config.storage_dir);
  return await app.init();
}

async function answer(request, { app, config, tokens }) {
  const { pathname } = new URL(request.url);
  if (pathname === "/health") return Response.json({ status: "ok" });
  if (pathname === KEY_SET) return Response.json(tokens.keySet);
  if (pathname.startsWith("/functions/v1/")) return proxyFunction(request, config.functions_url);
  if (!SERVED.some((prefix) => pathname.startsWith(`${prefix}/`))) {
    return Response.json({ message: "Not Found" }, { status: 404 });
  }
  const { request: inward, refused } = await tokens.inward(request);
  if (refused) return refused;
  const response = await app.fetch(inward, { peerAddress: null });
  return pathname.startsWith("/auth/v1/") ? tokens.outward(response) : response;
}

async function main([configPath]) {
  const config = JSON.parse(readFileSync(configPath, "utf8"));
  const app = await createApp(config);
  const tokens = await TokenExchange.create(config.signing_key, config.jwt_secret);
  const context = { app, config, tokens };
  const server = serve({
    fetch: (request) => answer(request, context),
    hostname: "127.0.0.1",
    port: config.port,
  });
  const stop = () => server.close(() => process.exit(0));
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

await main(process.argv.slice(2));
