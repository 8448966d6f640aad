// Programs that a test starts: found, started with a word to wait for, and
// ended with everything that they have started themselves.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

/** The first that can be run: absolute paths as they are, names on the PATH. */
export function which(...names) {
  const path = (process.env.PATH ?? "").split(delimiter);
  for (const name of names) {
    if (!name) continue;
    for (const candidate of name.startsWith("/") ? [name] : path.map((folder) => join(folder, name))) {
      try {
        accessSync(candidate, constants.X_OK);
        return candidate;
      } catch {}
    }
  }
}

/**
 * Starts a program in a process group of its own. `said(text)` gets all it has
 * said on stdout, stderr or descriptor 3, and the promise is kept as soon as it
 * returns something truthy, which is then `answer`.
 */
export function startChild(command, args, { env = {}, cwd, said = () => true, ms = 20_000 } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {}
  };
  // A test that is cut off leaves nothing behind.
  const reap = () => signal("SIGKILL");
  process.once("exit", reap);
  const exited = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  const running = {
    pid: child.pid,
    answer: undefined,
    get output() {
      return output;
    },
    async stop() {
      signal("SIGTERM");
      const timer = setTimeout(() => signal("SIGKILL"), 5_000);
      await exited;
      clearTimeout(timer);
      signal("SIGKILL"); // those of its group that outlived it
      process.off("exit", reap);
    },
  };
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      signal("SIGKILL");
      process.off("exit", reap);
      reject(new Error(`${command} ${why}: ${output.trim().slice(-500)}`));
    };
    const timer = setTimeout(() => fail(`did not start in ${ms} ms`), ms);
    child.once("error", (error) => (clearTimeout(timer), fail(error.message)));
    child.once("exit", (code) => (clearTimeout(timer), fail(`ended with ${code}`)));
    const look = () => {
      if (!(running.answer ||= said(output))) return;
      clearTimeout(timer);
      resolve(running);
    };
    for (const stream of [child.stdio[1], child.stdio[2], child.stdio[3]]) stream.on("data", (chunk) => ((output += chunk), look()));
    look();
  });
}

/** For programs that take no port 0, or whose port others must know first: one that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
