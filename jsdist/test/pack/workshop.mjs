// What a user of the package has: the packed tarball, installed into a project
// outside this repository, beside the bundlers that users have.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
export const jsdist = join(here, "../..");
/** Kept between runs: installing takes most of the time. */
const store = join(jsdist, "../.build/pack");

/** The folder node_modules with the pinned tools, installed once for each lock file. */
export function tools() {
  const lock = readFileSync(join(here, "package-lock.json"));
  const folder = join(store, createHash("sha256").update(lock).digest("hex").slice(0, 16));
  const modules = join(folder, "node_modules");
  if (existsSync(folder)) return modules;
  // Renamed into place when it is whole: an install that was cut off is no install.
  mkdirSync(store, { recursive: true });
  const made = mkdtempSync(join(store, "installing-"));
  try {
    for (const file of ["package.json", "package-lock.json"]) cpSync(join(here, file), join(made, file));
    // From where the tools are, their names mean them.
    writeFileSync(join(made, "load.mjs"), "export default (name) => import(name);\n");
    run("npm", ["ci", "--ignore-scripts", "--prefer-offline", "--no-fund", "--no-audit", "--silent"], made, 120_000);
    for (const old of readdirSync(store)) if (!old.startsWith("installing-")) rmSync(join(store, old), { recursive: true });
    renameSync(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return modules;
}

/** Imports one of the tools by its name. */
export async function tool(name) {
  const { default: load } = await import(join(tools(), "..", "load.mjs"));
  return load(name);
}

/** The path of a command that a tool brings. */
export const command = (name) => realpathSync(join(tools(), ".bin", name));

/** Packs the built package into folder, as `npm publish` would, and returns the tarball. */
export function pack(folder) {
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], jsdist));
  return join(folder, filename);
}

/** A project of a user, in a folder of its own, which the package is installed into. */
export class Project {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "amalgam-pack-")));
  tarball = pack(this.folder);

  constructor() {
    this.write({ "package.json": JSON.stringify({ name: "user", private: true, type: "module" }) });
    run("npm", ["install", "--no-save", "--offline", "--ignore-scripts", "--legacy-peer-deps", "--no-fund", "--no-audit", "--silent", this.tarball], this.folder);
    for (const name of ["react", "react-dom", "scheduler", "@types"]) symlinkSync(join(tools(), name), join(this.folder, "node_modules", name));
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  /** Writes files: path in the project → text. */
  write(files) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), text);
    }
  }

  /** Copies a file of the project, where it is there. */
  copy(from, to) {
    if (existsSync(this.path(from))) cpSync(this.path(from), this.path(to));
  }

  /** Runs a command in the project and returns what it prints. It must end with 0. */
  run(command, args) {
    return run(command, args, this.folder);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function run(command, args, cwd, timeout = 60_000) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", timeout });
  if (error) throw new Error(`${command} ${args.join(" ")}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
