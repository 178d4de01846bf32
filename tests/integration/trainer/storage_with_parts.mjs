/**
 * A project whose Storage speaks TUS, for tests: @tus/server in front of the embedded stack, which does everything else.
 * Usage: node storage_with_parts.mjs NODE_MODULES UPSTREAM FOLDER. Prints its port. GET /log: what came in, as JSON;
 * POST /lose: the answer to the next part is lost.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Readable } from "node:stream";

const [modules, upstream, folder] = process.argv.slice(2);
const { Server } = await import(`${modules}/@tus/server/dist/index.js`);
const { FileStore } = await import(`${modules}/@tus/file-store/dist/index.js`);
const PATH = "/storage/v1/upload/resumable";
const log = [];
let isLosing = false;

async function exists(name, apikey) {
  const answer = await fetch(`${upstream}/storage/v1/object/${name}`, { headers: { apikey } });
  await answer.body?.cancel();
  return answer.ok;
}

const tus = new Server({
  path: PATH,
  datastore: new FileStore({ directory: folder }),
  // As behind the gateway of a hosted project: the address that it tells is not the one that it is reached by.
  generateUrl: (_request, { id }) => `http://storage.internal/upload/resumable/${id}`,
  async onUploadCreate(request, upload) {
    const { bucketName, objectName } = upload.metadata;
    if (request.headers.get("x-upsert") !== "true" && (await exists(`${bucketName}/${objectName}`, request.headers.get("apikey")))) {
      throw { status_code: 409, body: "The resource already exists" };
    }
    return {};
  },
  async onUploadFinish(request, upload) {
    const { bucketName, objectName, contentType } = upload.metadata;
    const headers = { apikey: request.headers.get("apikey"), "content-type": contentType };
    const body = await readFile(upload.storage.path);
    const stored = await fetch(`${upstream}/storage/v1/object/${bucketName}/${objectName}`, { method: "POST", headers, body });
    if (!stored.ok) throw { status_code: stored.status, body: await stored.text() };
    return {};
  },
});

async function forward(request, response) {
  const { host: _host, connection: _connection, ...headers } = request.headers;
  const hasBody = !["GET", "HEAD"].includes(request.method);
  const body = hasBody ? { body: Readable.toWeb(request), duplex: "half" } : {};
  delete headers["transfer-encoding"];
  const answer = await fetch(upstream + request.url, { method: request.method, headers, ...body });
  const kept = [...answer.headers].filter(([name]) => !["content-encoding", "content-length", "transfer-encoding"].includes(name));
  response.writeHead(answer.status, Object.fromEntries(kept));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

const server = createServer((request, response) => {
  if (request.url === "/log") return response.end(JSON.stringify(log));
  if (request.url === "/lose") return response.end(String((isLosing = true)));
  if (!request.url.startsWith(PATH)) return forward(request, response);
  const { authorization, apikey } = request.headers;
  log.push({
    method: request.method,
    offset: Number(request.headers["upload-offset"] ?? -1),
    bytes: Number(request.headers["content-length"] ?? 0),
    is_keyed: Boolean(apikey) && !authorization,
  });
  if (isLosing && request.method === "PATCH") {
    isLosing = false;
    response.end = () => response.destroy();
  }
  return tus.handle(request, response);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
