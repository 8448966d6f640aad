// The real binary as an operator runs it, with settings, on a free port.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { sign } from "../browser/hub.mjs";

const binary = fileURLToPath(new URL("../../../bin/amalgam", import.meta.url));

/** Starts `amalgam run` with directives. */
export async function startOpenHub({ directives }) {
  const data = mkdtempSync(join(tmpdir(), "amalgam-hub-"));
  const keys = { publisher: randomBytes(32).toString("hex"), subscriber: randomBytes(32).toString("hex") };
  const child = spawn(binary, ["run", "--log", "json"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      SERVER_NAME: "127.0.0.1:0",
      MERCURE_PUBLISHER_JWT_KEY: keys.publisher,
      MERCURE_SUBSCRIBER_JWT_KEY: keys.subscriber,
      MERCURE_EXTRA_DIRECTIVES: [...directives, "stop_spread 0s"].join("\n"),
      AMALGAM_DATA: data,
    },
  });
  const reap = () => child.kill("SIGKILL");
  process.once("exit", reap);
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => (process.off("exit", reap), resolve(code ?? signal))));
  const close = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(reap, 20_000);
    await exited;
    clearTimeout(timer);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const origin = `http://${await address(child, exited)}`;
    const url = `${origin}/.well-known/mercure`;
    const token = (role, claim) => sign(keys[role], { mercure: claim });
    return {
      origin,
      url,
      close,
      subscriberToken: (...subscribe) => token("subscriber", { subscribe }),
      async publish(fields) {
        const headers = { Authorization: `Bearer ${token("publisher", { publish: ["*"] })}` };
        const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers, signal: AbortSignal.timeout(15_000) });
        if (response.status !== 200) throw new Error(`publishing: ${response.status} ${await response.text()}`);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the hub says that it listens. */
function address(child, exited) {
  return new Promise((resolve, reject) => {
    let log = "";
    const timer = setTimeout(() => reject(new Error(`${binary} run was not ready in 20 s: ${log}`)), 20_000);
    exited.then((code) => (clearTimeout(timer), reject(new Error(`${binary} run ended with ${code}: ${log}`))));
    child.once("error", (error) => (clearTimeout(timer), reject(new Error(`${binary} cannot be started (make build first): ${error.message}`))));
    child.stderr.on("data", (chunk) => {
      log += chunk;
      const found = /"address":"([^"]+)"/.exec(log);
      if (found) (clearTimeout(timer), resolve(found[1]));
    });
  });
}
