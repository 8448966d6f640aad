// The application of demo/symfony under PHP's own server, with the packages
// that Debian has of Symfony.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startChild, which } from "./child.mjs";

const folder = fileURLToPath(new URL("../../../demo/symfony", import.meta.url));

/** What to give a test as `skip`: why PHP or symfony/mercure is not to be had, else false. In CI that is a failure. */
export function skip() {
  const reason = missing();
  return reason && process.env.CI !== "true" ? reason : false;
}

function missing() {
  if (!which("php")) return "PHP is missing: apt-get install php-cli php-symfony-mercure";
  const { status } = spawnSync("php", ["-r", `require '${folder}/src/autoload.php'; exit(class_exists('Symfony\\Component\\Mercure\\Hub') ? 0 : 1);`]);
  return status === 0 ? undefined : "symfony/mercure is missing: apt-get install php-symfony-mercure, or composer require symfony/mercure in demo/symfony";
}

/** What the application reads of its environment. */
export const environment = (hub) => ({
  MERCURE_URL: hub.url,
  MERCURE_PUBLIC_URL: hub.url,
  MERCURE_JWT_SECRET: hub.key("publisher"),
  MERCURE_SUBSCRIBER_JWT_SECRET: hub.key("subscriber"),
});

/** Starts the application; `close` ends it. */
export async function startSymfony(port, env, at = folder) {
  const origin = `http://localhost:${port}`;
  const { stop } = await startChild("php", ["-d", "display_errors=stderr", "-S", `localhost:${port}`, "-t", `${at}/public`, `${at}/public/index.php`], {
    env,
    said: (output) => /Development Server .* started/.test(output),
  });
  return {
    origin,
    /** Sends JSON as the page does, and returns what it says. */
    async post(path, body) {
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(15_000) });
      return { status: response.status, answer: await response.json() };
    },
    close: stop,
  };
}

/** Runs PHP with the classes of the application and of Symfony, and returns the JSON it prints. */
export function php(code, env) {
  const prelude = `require '${folder}/src/autoload.php'; use Symfony\\Component\\Mercure\\Update; `;
  const { status, stdout, stderr } = spawnSync("php", ["-d", "display_errors=stderr", "-r", prelude + code], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 20_000,
  });
  if (status !== 0) throw new Error(`php ended with ${status}: ${stderr}${stdout}`);
  return JSON.parse(stdout);
}
