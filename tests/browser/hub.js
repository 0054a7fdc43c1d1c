// A server that behaves as the Hugging Face Hub does, as far as the page meets it: a list of a repository's files by its interface, files by
// way of a redirect to another origin, ranges there, headers that let other pages read, and all the ways in which it refuses. What it does is
// from recorded answers of the Hub: 401 with a code for what is gated or unknown, the code in a header, and no preflight for the files.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const sha256 = (contents) => createHash('sha256').update(contents).digest('hex');
const EXPOSED =
  'X-Repo-Commit,X-Error-Code,X-Error-Message,ETag,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag';
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/**
 * `repositories`: by `owner/name` their files by name, and what the interface says of them beside. A file is its contents, or an object with
 * `contents` and how it misbehaves: `cut` breaks the connection after so many bytes, as often as `times` says; `instead` comes in its place;
 * `announced` is the hash that the list has; `slow` waits so many milliseconds between parts; `size` is the size that the list has.
 */
export async function startHub(repositories) {
  /** Every request for a file's contents: path and range. */
  const seen = [];
  const storage = createServer((request, response) => {
    // As the storage behind the Hub: any page may read it, and a header that would need to be allowed first is not.
    if (request.method === 'OPTIONS') return void response.writeHead(403).end();
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', '*');
    void send(fileAt(new URL(request.url, 'http://hub').pathname), request, response);
  });
  const front = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-expose-headers', EXPOSED);
    const { pathname } = new URL(request.url, 'http://hub');
    const [, owner, name, kind, revision, ...path] = pathname.split('/').map(decodeURIComponent);
    if (owner === 'api') return answerList(pathname, response);
    const repository = repositories[`${owner}/${name}`];
    const refuse = (status, code, text) => response.writeHead(status, code ? { 'x-error-code': code } : {}).end(text);
    if (!repository) return refuse(401, null, 'Invalid username or password.');
    if (kind !== 'resolve')
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><html>');
    if (repository.about?.gated) return refuse(401, 'GatedRepo', `Access to model ${owner}/${name} is restricted.`);
    if (repository.about?.crowded) return refuse(429, null, 'Too many requests');
    if (repository.files[path.join('/')] === undefined) return refuse(404, 'EntryNotFound', 'Entry not found');
    response.writeHead(302, { location: `${origin(storage)}${pathname}`, 'x-repo-commit': revision }).end();
  });
  const origin = (server) => `http://127.0.0.1:${server.address().port}`;

  function fileAt(pathname) {
    const [, owner, name, , , ...path] = pathname.split('/').map(decodeURIComponent);
    const file = repositories[`${owner}/${name}`]?.files[path.join('/')];
    return Buffer.isBuffer(file) ? { contents: file } : file;
  }

  function answerList(pathname, response) {
    const [, , , owner, name] = pathname.split('/');
    const repository = repositories[`${owner}/${name}`];
    if (!repository) return response.writeHead(401).end('{"error":"Invalid username or password."}');
    const siblings = Object.entries(repository.files).map(([rfilename, file]) => {
      const { contents, announced, size } = Buffer.isBuffer(file) ? { contents: file } : file;
      // Small texts are no large files: the list has no hash of theirs.
      const lfs = /\.(gguf|safetensors)$/.test(rfilename) ? { sha256: announced ?? sha256(contents) } : undefined;
      return { rfilename, size: size ?? contents.length, ...(lfs && { lfs }) };
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: `${owner}/${name}`, sha: COMMIT, gated: false, siblings, ...repository.about }));
  }

  async function send(file, request, response) {
    const contents = file.instead ?? file.contents;
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    seen.push({ path: request.url, range: request.headers.range ?? null });
    const from = Number(first ?? 0);
    const headers = { etag: `"${sha256(contents)}"`, 'accept-ranges': 'bytes', 'content-type': 'binary/octet-stream' };
    if (first !== undefined && from >= contents.length)
      return void response.writeHead(416, { 'content-range': `bytes */${contents.length}` }).end();
    const range = { 'content-range': `bytes ${from}-${contents.length - 1}/${contents.length}` };
    response.writeHead(first === undefined ? 200 : 206, {
      ...headers,
      ...(first !== undefined && range),
      'content-length': contents.length - from,
    });
    const cuts = file.cut !== undefined && (file.times ?? Infinity) > 0;
    if (cuts && file.times !== undefined) file.times -= 1;
    const end = cuts ? Math.min(contents.length, from + file.cut) : contents.length;
    const part = file.slow ? 2048 : end - from || 1;
    for (let at = from; at < end && !response.destroyed; at += part) {
      await new Promise((resolve) => response.write(contents.subarray(at, Math.min(end, at + part)), resolve));
      if (file.slow) await new Promise((resolve) => setTimeout(resolve, file.slow));
    }
    if (cuts && end < contents.length) setTimeout(() => response.destroy(), 400);
    else response.end();
  }

  for (const server of [front, storage]) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: origin(front),
    seen,
    repositories,
    close() {
      for (const server of [front, storage]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
