// The real binary for the tests: starts bin/amalgam demo on a free port, with a
// folder of its own, and publishes to it as any program would.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHmac, randomBytes } from "node:crypto";

const binary = fileURLToPath(new URL("../../../bin/amalgam", import.meta.url));

/**
 * Starts the demo; with `directives`, a hub alone that is configured so.
 * `restart` kills it without warning and starts it again on the same port and
 * history.
 */
export async function startHub({ directives } = {}) {
  const data = mkdtempSync(join(tmpdir(), "amalgam-hub-"));
  const command = directives ? alone(data, directives) : demo(data);
  let running = await start(command, "localhost:0");
  const { origin } = running;
  return {
    origin,
    url: `${origin}/.well-known/mercure`,
    /** What the binary tells the person who starts it. */
    get greeting() {
      return running.output;
    },
    key: (role) => readFileSync(join(data, `${role}.key`), "utf8").trim(),
    publisherToken() {
      return sign(this.key("publisher"), { mercure: { publish: ["*"] } });
    },
    subscriberToken(...subscribe) {
      return sign(this.key("subscriber"), { mercure: { subscribe } });
    },
    /** Publishes a form that must be taken, and returns the id. Arrays repeat their field. */
    async publish(fields) {
      const body = new URLSearchParams();
      for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
      const headers = { Authorization: `Bearer ${this.publisherToken()}` };
      const response = await fetch(this.url, { method: "POST", body, headers, signal: AbortSignal.timeout(15_000) });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`publishing: ${response.status} ${text}`);
      return text;
    },
    async kill() {
      await running.stop("SIGKILL");
    },
    async restart() {
      await running.stop("SIGKILL");
      running = await start(command, new URL(origin).host);
    },
    /** Ends it as an operator would, and returns its exit code. */
    async close() {
      const code = await running.stop("SIGTERM");
      rmSync(data, { recursive: true, force: true });
      return code;
    },
  };
}

/** How to start the demo, and how it says that it is ready. */
function demo(data) {
  return {
    args: (listen) => ["demo", "--listen", listen, "--data", data],
    env: () => ({}),
    origin: (output) => output.includes("Ctrl-C") && /Open\s+(http\S+)/.exec(output)?.[1],
  };
}

/** The same for a hub without the demo. */
function alone(data, directives) {
  const keys = {};
  for (const role of ["publisher", "subscriber"]) {
    const key = (keys[`MERCURE_${role.toUpperCase()}_JWT_KEY`] = randomBytes(32).toString("base64url"));
    writeFileSync(join(data, `${role}.key`), key);
  }
  return {
    args: () => ["run"],
    env: (listen) => ({ ...keys, SERVER_NAME: listen, AMALGAM_DATA: data, MERCURE_EXTRA_DIRECTIVES: directives.join("\n") }),
    origin: (_output, errors) => {
      const address = /the hub is ready.*? address=\S*?:(\d+)\s/.exec(errors)?.[1];
      return address && `http://localhost:${address}`;
    },
  };
}

function start({ args, env, origin }, listen) {
  const child = spawn(binary, args(listen), { env: { ...process.env, ...env(listen) }, stdio: ["ignore", "pipe", "pipe"] });
  // A test that is cut off leaves no hub behind.
  const reap = () => child.kill("SIGKILL");
  process.once("exit", reap);
  child.once("exit", () => process.off("exit", reap));
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  const running = {
    output: "",
    origin: "",
    async stop(signal) {
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
  };
  let errors = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => (child.kill("SIGKILL"), reject(new Error(`${binary} did not start in 20 s: ${errors}`))), 20_000);
    child.once("error", (error) => (clearTimeout(timer), reject(new Error(`${binary} cannot be started (make build first): ${error.message}`))));
    exited.then((code) => (clearTimeout(timer), reject(new Error(`${binary} ended with ${code}: ${errors}`))));
    const look = () => {
      const found = running.origin || origin(running.output, errors);
      if (!found) return;
      clearTimeout(timer);
      running.origin = found;
      resolve(running);
    };
    child.stdout.on("data", (chunk) => ((running.output += chunk), look()));
    child.stderr.on("data", (chunk) => ((errors += chunk), look()));
  });
}

/** A token as any back-end makes it (RFC 7515). */
export function sign(secret, claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

/** A new_message that holds, as a publisher sends it. */
export function message(id, text = "hello") {
  return JSON.stringify({ id, conversation: "demo", from: { id: "u1", name: "Ann" }, text, sentAt: "2026-01-02T03:04:05Z" });
}
