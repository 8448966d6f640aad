// A web site for the tests: the built package under /sdk/, pages with a
// Content-Security-Policy, and a hub of a few lines that sends what it is told.
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

export const dist = fileURLToPath(new URL("../dist/", import.meta.url));

if (!existsSync(dist + "sdk.wasm")) throw new Error("the package is not built: run npm run build first");

/** What a careful page allows: the SDK must do with this. */
export const strictPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

/**
 * Starts a site on a free port. `policy` is the pages' CSP, and with
 * `policyOnAll` that of all files, the worker's too; `routes` maps a path to a
 * handler (request, response), with a slash at its end also what is below it.
 * `folder` is served where nothing else is. Close it when done.
 *
 * /hub answers with an event stream. `site.streams` holds the open ones, in the
 * order in which they were asked for; `site.send` writes an event to them.
 */
export async function startSite({ policy = strictPolicy, policyOnAll = false, routes = {}, folder } = {}) {
  const streams = [];
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    requests.push({ path: request.url, cookie: request.headers.cookie ?? "", lastEventId: request.headers["last-event-id"] ?? "" });
    if (policyOnAll) response.setHeader("Content-Security-Policy", policy);
    const route = Object.keys(routes).find((route) => route === pathname || (/.\/$/.test(route) && pathname.startsWith(route)));
    if (route) return routes[route](request, response);
    if (pathname === "/hub") return openStream(request, response, streams);
    if (pathname.startsWith("/sdk/")) return sendFile(response, pathname.slice("/sdk/".length));
    if (folder) return sendFile(response, pathname.slice(1) || "index.html", undefined, folder);
    if (pathname === "/") {
      response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
      return response.end("<!doctype html><title>test</title>");
    }
    response.writeHead(404, { "Content-Type": "text/plain" });
    response.end("not found");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    streams,
    requests,
    /** Waits until n streams are open. */
    connected: (n = 1) => until(`${n} open streams`, () => streams.length === n && streams),
    /** Writes an event to all open streams: {event?, id?, data}. */
    send: (...events) => streams.forEach((stream) => stream.write(events.map(frame).join(""))),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function openStream(request, response, streams) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write("retry: 20\n:\n");
  streams.push(response);
  response.on("close", () => streams.splice(streams.indexOf(response), 1));
}

export function frame({ event, id, data }) {
  const lines = String(data).split("\n").map((line) => `data: ${line}\n`);
  return (event === undefined ? "" : `event: ${event}\n`) + (id === undefined ? "" : `id: ${id}\n`) + lines.join("") + "\n";
}

/** Sends a file of the built package, or of another folder. */
export function sendFile(response, name, type = types[extname(name)] ?? "text/plain", folder = dist) {
  let body;
  try {
    body = readFileSync(join(folder, name));
  } catch {
    response.writeHead(404, { "Content-Type": "text/plain" });
    return response.end("not found");
  }
  response.writeHead(200, { "Content-Type": type });
  response.end(body);
}

/** A payload that holds to new_message. */
export function newMessage(n, text = `message ${n}`) {
  return { id: `m${n}`, conversation: "c1", from: { id: "u1", name: "Ada" }, text, sentAt: "2026-01-02T03:04:05Z" };
}
