import { createHash, randomUUID } from "node:crypto";
import { copyFile, mkdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";

async function bytesOf(body) {
  if (body instanceof Uint8Array) return body;
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function md5(bytes) {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** lite's storage adapter: one file per object under FOLDER/BUCKET/KEY. */
export class FileObjects {
  driver = null;
  #folder;

  constructor(folder) {
    this.#folder = resolve(folder);
  }

  #path(bucket, key) {
    const path = resolve(join(this.#folder, bucket, key));
    if (!path.startsWith(this.#folder + sep)) throw new Error("object key leaves its bucket");
    return path;
  }

  async uploadObject(bucket, key, _version, body, contentType, cacheControl) {
    const path = this.#path(bucket, key);
    const bytes = await bytesOf(body);
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, bytes);
    await rename(draft, path);
    return { ...(await this.headObject(bucket, key)), mimetype: contentType, cacheControl, eTag: md5(bytes) };
  }

  async getObject(bucket, key) {
    const body = await readFile(this.#path(bucket, key));
    const metadata = await this.headObject(bucket, key);
    return { httpStatusCode: 200, metadata: { ...metadata, eTag: md5(body) }, body };
  }

  async headObject(bucket, key) {
    const found = await stat(this.#path(bucket, key));
    return {
      cacheControl: "no-cache",
      contentLength: found.size,
      size: found.size,
      mimetype: "application/octet-stream",
      lastModified: found.mtime,
      eTag: `"${found.mtimeMs}-${found.size}"`,
    };
  }

  async copyObject(bucket, key, _version, toBucket, toKey) {
    const target = this.#path(toBucket, toKey);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(this.#path(bucket, key), target);
    const { eTag, lastModified } = await this.headObject(toBucket, toKey);
    return { httpStatusCode: 200, eTag, lastModified };
  }

  async deleteObject(bucket, key) {
    await unlink(this.#path(bucket, key)).catch((error) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  async deleteObjects(bucket, keys) {
    for (const key of keys) await this.deleteObject(bucket, key);
  }

  async privateAssetUrl(bucket, key) {
    return `file://${this.#path(bucket, key)}`;
  }
}
