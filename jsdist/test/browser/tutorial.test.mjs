// docs/tutorial.md from a fresh machine. Its commands use ports 80, 443 and
// 3000, domains and /etc/apache2 as they stand: so they run in namespaces of
// their own, see tutorial/machine.sh, with the real Apache, PHP, Chromium and
// bin/amalgam. Replaced are docker (tutorial/docker.mjs), and sudo, apt-get,
// systemctl and certbot (tutorial/standins.sh).
import assert from "node:assert/strict";
import { test } from "node:test";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { which } from "./child.mjs";
import { skip as noSymfony } from "./symfony.mjs";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const namespaces = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];

/** Why this machine cannot make another one, else false. In CI that is a failure. */
function skip() {
  const missing = ["unshare", "ip", "apache2", "openssl", "curl"].find((program) => !which(program, `/usr/sbin/${program}`));
  const reason = missing
    ? `${missing} is missing: apt-get install apache2 iproute2 util-linux openssl curl`
    : process.getuid() !== 0
      ? "needs root, for a network and an /etc of its own"
      : spawnSync("unshare", [...namespaces, "true"]).status !== 0
        ? "namespaces cannot be made here"
        : spawnSync("php", ["-r", 'require "Symfony/Component/Yaml/autoload.php";']).status !== 0
          ? "PHP cannot read YAML: apt-get install php-symfony-yaml"
          : false;
  return noSymfony() || (process.env.CI !== "true" && reason);
}

test("each command of docs/tutorial.md works, from a fresh machine", { skip: skip() }, async () => {
  const scratch = mkdtempSync(join(tmpdir(), "amalgam-machine-"));
  const command = [file("tutorial/machine.sh"), file("../../.."), scratch, process.execPath, "--test-force-exit", "--test-reporter=spec", file("tutorial/inside.mjs")];
  const { NODE_TEST_CONTEXT, ...env } = process.env; // a run of its own, not a part of this one
  const child = spawn("unshare", [...namespaces, ...command], { env, stdio: ["ignore", "pipe", "pipe"], timeout: 200_000, killSignal: "SIGKILL" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
  const status = await new Promise((resolve) => child.once("close", resolve));
  rmdirSync(scratch); // its file system has gone with the namespace
  assert.equal(status, 0, output);
});
