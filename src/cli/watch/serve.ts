import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { InputError, messageOf } from "../../core/errors.ts";
import type { Live } from "./live.ts";

const HOST = "127.0.0.1";
/** Browsers that ask at the same time get one look at the files. */
const LOOK_MS = 1_000;

/** A page that is served. */
interface Served {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves a live page on the loopback address, to be read alone: nothing that is asked for changes anything.
 * @throws InputError where the port can't be had.
 */
export async function serve(live: Live, port: number): Promise<Served> {
  const now = briefly(live.now);
  const server = createServer((request, response) => {
    void answer(request, response, { live, now });
  });
  await listen(server, port);
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${HOST}:${actual}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const message = `can't be listened on (${messageOf(error)}); leave --port out to have a free one`;
      reject(new InputError([{ where: `--port ${port}`, path: "", message }]));
    });
    server.listen(port, HOST, resolve);
  });
}

async function answer(
  { method = "", url = "", headers: { host = "" } }: IncomingMessage,
  response: ServerResponse,
  { live, now }: { readonly live: Live; readonly now: () => string },
): Promise<void> {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, {
      "Content-Type": `${type}; charset=utf-8`,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      "Referrer-Policy": "no-referrer",
    });
    response.end(method === "HEAD" ? undefined : body);
  };
  try {
    // A page of elsewhere whose name was made to point here must not read on (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) send(403, "text/plain", "not for this name\n");
    else if (method !== "GET" && method !== "HEAD") send(405, "text/plain", "read only\n");
    else if (url === "/") send(200, "text/html", await live.page());
    else if (url === "/now") send(200, "application/json", now());
    else send(404, "text/plain", "there is / alone\n");
  } catch (error) {
    send(500, "text/plain", `${messageOf(error)}\n`);
  }
}

/** The same answer for a short while. */
function briefly(make: () => string): () => string {
  let kept: { readonly atMs: number; readonly text: string } | null = null;
  return () => {
    const atMs = performance.now();
    if (kept === null || atMs - kept.atMs > LOOK_MS) kept = { atMs, text: make() };
    return kept.text;
  };
}
