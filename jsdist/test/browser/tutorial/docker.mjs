#!/usr/bin/env node
// Stands in for docker in docs/tutorial.md: the image is bin/amalgam of the
// checkout, its container a process that is given what the compose file says
// and nothing else. What it does not know it refuses. Replaced are
// - the port: SERVER_NAME's is the container's, and the process listens where
//   `ports` publishes that one;
// - the volume: the process writes to a folder where the image writes to /data.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readYaml } from "./yaml.mjs";

const state = join(homedir(), ".docker");
const image = join(state, "image");
const container = join(state, "container");
const log = join(state, "log");
const binary = join(homedir(), "amalgam/bin/amalgam");
mkdirSync(join(state, "volumes"), { recursive: true });

class Refusal extends Error {}
const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** The variables of a file of lines NAME=value. */
const variables = (file) => Object.fromEntries([...read(file).matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));

/** What the image brings along. */
const own = { PATH: process.env.PATH, AMALGAM_DATA: "/data" };

function build(args) {
  const [tag, name, context] = args;
  if (tag !== "-t" || name !== "amalgam" || args.length !== 3) throw new Refusal(`build ${args.join(" ")}`);
  if (!existsSync(join(context, "Dockerfile"))) throw new Refusal(`${context} has no Dockerfile`);
  writeFileSync(image, `${Number(read(image)) + 1}`); // another build, another image
}

/** The one service of compose.yaml in the folder, with the variables of .env in place. */
function service() {
  const file = readYaml("compose.yaml");
  const values = { ...variables(".env"), ...process.env };
  const text = JSON.stringify(file.services).replace(/\$\{(\w+)\}/g, (_, name) => {
    if (!values[name]) throw new Refusal(`the variable ${name} is not set`);
    return values[name];
  });
  const { mercure, ...others } = JSON.parse(text);
  const { image, restart, environment, ports, volumes, ...rest } = mercure;
  const unknown = [...Object.keys(others), ...Object.keys(rest)];
  if (unknown.length > 0 || image !== "amalgam" || ports.length !== 1) throw new Refusal(`compose.yaml: ${unknown}`);
  for (const volume of volumes) {
    const [name, path] = volume.split(":");
    if (!(name in file.volumes) || !["/data", "/config"].includes(path)) throw new Refusal(`volume ${volume}`);
  }
  return { environment, port: ports[0], data: volumes.find((volume) => volume.endsWith(":/data"))?.split(":")[0] };
}

function up() {
  const { environment, port, data } = service();
  const [, address, inner] = /^(127\.0\.0\.1:\d+):(\d+)$/.exec(port) ?? [];
  if (environment.SERVER_NAME !== `:${inner}`) throw new Refusal(`SERVER_NAME is ${environment.SERVER_NAME}, ports ${port}`);
  if (!existsSync(image)) throw new Refusal("there is no image amalgam: build it first");
  if (!data) throw new Refusal("nothing is kept: no volume for /data");
  const [pid, from] = read(container).split(" ");
  if (pid && from === read(image)) return;
  if (pid) down();
  const env = { ...own, ...environment, SERVER_NAME: address, AMALGAM_DATA: join(state, "volumes", data) };
  const out = openSync(log, "a");
  const child = spawn(binary, ["run"], { env, cwd: "/", detached: true, stdio: ["ignore", out, out] });
  closeSync(out);
  writeFileSync(container, `${child.pid} ${read(image)}`);
  child.unref();
  const ready = () => spawnSync(binary, ["health", "--url", `http://${address}/readyz`]).status === 0;
  for (const end = Date.now() + 20_000; !ready(); pause()) {
    if (gone(child.pid) || Date.now() > end) throw new Refusal(`the container is not healthy:\n${read(log)}`);
  }
}

function down() {
  const [pid] = read(container).split(" ");
  if (!pid) return;
  process.kill(Number(pid), "SIGTERM");
  for (const end = Date.now() + 20_000; !gone(pid); pause()) if (Date.now() > end) throw new Refusal("the container does not stop");
  rmSync(container);
}

const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);

/** Whether a process has ended; one that nobody waited for has, too. */
function gone(pid) {
  const [, state] = /\) (\w)/.exec(read(`/proc/${pid}/stat`)) ?? [];
  return !state || state === "Z";
}

function run(args) {
  const [rm, network, host, option, file, name, ...rest] = args;
  if (`${rm} ${network} ${host} ${option} ${name}` !== "--rm --network host --env-file amalgam") throw new Refusal(`run ${args.join(" ")}`);
  const { status } = spawnSync(binary, rest, { env: { ...own, ...variables(file) }, stdio: "inherit" });
  process.exitCode = status ?? 1;
}

try {
  const [command, ...args] = process.argv.slice(2);
  if (command === "build") build(args);
  else if (command === "run") run(args);
  else if (command === "compose" && args.join(" ") === "up -d --wait") up();
  else if (command === "compose" && args.join(" ") === "down") down();
  else if (command === "compose" && args.join(" ") === "logs mercure") process.stdout.write(read(log));
  else throw new Refusal(`${command} ${args.join(" ")}`);
} catch (error) {
  console.error(error instanceof Refusal ? `docker: the stand-in refuses: ${error.message}` : error);
  process.exitCode = 1;
}
