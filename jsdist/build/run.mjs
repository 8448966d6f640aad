// Running the tools of a build, and saying what went wrong.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const dist = fileURLToPath(new URL("../dist/", import.meta.url));
/** What a build leaves for the next one, and for tests. */
export const work = fileURLToPath(new URL("../../.build/jsdist/", import.meta.url));

export function go(args) {
  return run(process.env.GO ?? "go", args, "Go 1.26 or later (https://go.dev/dl/)");
}

/** Runs a tool in the repository's root and returns what it prints; ends the build when it fails. */
export function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", timeout: 600_000 });
  if (result.error?.code === "ENOENT") fail(`${command} was not found; the build needs ${what}.`);
  if (result.error) fail(`${command}: ${result.error.message}`);
  if (result.status !== 0) fail(`${command} ${args.join(" ")}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

export async function tool(name) {
  try {
    return await import(name);
  } catch {
    fail(`${name} is not installed; run npm ci in ${root}jsdist.`);
  }
}

/** Says what is going on; call what it returns when that is done. */
export function step(what) {
  const start = performance.now();
  process.stdout.write(`${what} … `);
  return () => console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
}

export function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}
