// A Go module of a user of ours, outside of this repository: the sources are in
// testdata/inn, and it knows us by a replace, and nothing of what the browser
// needs besides.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { work } from "../build/run.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = join(work, "test-amalgam");

/** Writes the module to a folder of its own. Remove it when done. */
export function writeInn() {
  const folder = mkdtempSync(join(tmpdir(), "amalgam-inn-"));
  cpSync(fileURLToPath(new URL("testdata/inn", import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, "go.mod"), `module example.com/inn\n\ngo 1.26.0\n\nrequire amalgam v0.0.0\n\nreplace amalgam => ${root}\n`);
  return {
    folder,
    /** Runs amalgam as it is now in the module, and returns { status, out, err }. */
    async amalgam(...args) {
      const built = await run("go", ["build", "-trimpath", "-o", command, "./hub/cmd/amalgam"], root);
      if (built.status !== 0) throw new Error(`go build: ${built.err}`);
      return run(command, args, folder);
    },
    /** The issues that the module's own Go finds in payloads of booking, as JSON; "" for none. */
    async verdicts(payloads) {
      const { status, out, err } = await run("go", ["run", "./verdicts"], folder, payloads.join("\n"));
      if (status !== 0) throw new Error(`go run: ${err}`);
      return out.split("\n").slice(0, -1);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Without the network: what is there is what the build needs. */
function run(command, args, cwd, input = "") {
  const child = spawn(command, args, { cwd, env: { ...process.env, CGO_ENABLED: "0", GOPROXY: "off", GOFLAGS: "" }, timeout: 300_000 });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (said.out += chunk));
  child.stderr.on("data", (chunk) => (said.err += chunk));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve({ status: status ?? signal, ...said }));
  });
}

/** A booking that holds, changed. */
export const booking = (changes = {}) => ({
  id: "4f0c1e0a-8d3f-4a63-9d61-5a0f6f6a7d10",
  state: "asked",
  guest: { name: "Ada" },
  host: null,
  stay: { from: 3, until: 5 },
  place: [47.07, 15.44],
  ...changes,
});
