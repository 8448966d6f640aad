// A hub of a few lines that sends as fast as it is read, or at a pace.
import { startSite } from "../test/site.mjs";

/** The wall clock in milliseconds, with fractions: pages on this machine have the same. */
export const now = () => performance.timeOrigin + performance.now();

/** Starts the site of the benchmarks; `module` is served at /counted.wasm, `script` at /ajv.js. */
export async function startServer(module, script) {
  const arrived = new Map(); // by topic, when it was asked for
  const open = new Map();
  const site = await startSite({
    routes: {
      "/bench": (request, response) => {
        const topic = new URL(request.url, "http://site").searchParams.get("topic");
        arrived.set(topic, now());
        response.socket.setNoDelay(true);
        response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
        response.write(":\n\n");
        open.set(topic, response);
      },
      "/counted.wasm": (_request, response) => response.writeHead(200, { "Content-Type": "application/wasm" }).end(module),
      "/ajv.js": (_request, response) => response.writeHead(200, { "Content-Type": "text/javascript" }).end(script),
    },
  });
  return {
    url: site.url,
    arrived,
    close: () => site.close(),
    send: (topic, n, text) => open.get(topic).write(frame(n, text)),
    /** Writes events from..to-1, some 32 KB at a time, as they are read. */
    async flood(topic, from, to) {
      const stream = open.get(topic);
      for (let n = from; n < to; ) {
        let piece = "";
        while (n < to && piece.length < 32_768) piece += frame(n++);
        if (!stream.write(piece)) await new Promise((resolve) => stream.once("drain", resolve));
      }
    },
  };
}

/** One event of 193 bytes, or some more. */
function frame(n, text = "a message of usual length") {
  const data = `{"id":"m${n}","conversation":"c1","from":{"id":"u1","name":"Ada"},"text":"${text}","sentAt":"2026-01-02T03:04:05Z"}`;
  return `id: urn:${n}\nevent: new_message\ndata: ${data}\n\n`;
}
