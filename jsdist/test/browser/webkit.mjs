// WebKitGTK: MiniBrowser, driven by WebKitWebDriver, on a virtual screen.
import { readdirSync } from "node:fs";
import { freePort, startChild, which } from "./child.mjs";
import { beginSession } from "./webdriver.mjs";

const libraries = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/libexec", "/usr/lib"];

/** Where MiniBrowser lies, which is not on the PATH. */
function miniBrowser() {
  const candidates = libraries.flatMap((folder) => {
    try {
      return readdirSync(folder).filter((name) => name.startsWith("webkit")).map((name) => `${folder}/${name}/MiniBrowser`);
    } catch {
      return [];
    }
  });
  return which(process.env.MINIBROWSER, ...candidates);
}

const driver = () => which(process.env.WEBKITWEBDRIVER, "WebKitWebDriver");
const screen = () => which("Xvfb");

/** Why there is no WebKit here; undefined if there is. */
export function webkitMissing() {
  if (!driver() || !miniBrowser()) return "no WebKitWebDriver with its MiniBrowser found: apt-get install webkit2gtk-driver, or set WEBKITWEBDRIVER and MINIBROWSER to their paths";
  if (!process.env.DISPLAY && !screen()) return "no screen for WebKit: apt-get install xvfb, or set DISPLAY";
}

/** Starts WebKit with `home` for all that it writes. */
export async function startWebKit(home) {
  const started = [];
  const stop = async () => {
    for (const child of started.splice(0).reverse()) await child.stop();
  };
  try {
    const env = {
      HOME: home,
      XDG_CACHE_HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_DATA_HOME: home,
      XDG_RUNTIME_DIR: home,
      NO_AT_BRIDGE: "1",
      GIO_USE_VFS: "local",
      GSETTINGS_BACKEND: "memory",
      LIBGL_ALWAYS_SOFTWARE: "1",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
    };
    if (screen()) {
      // It chooses a free number itself and tells it on descriptor 3.
      const args = ["-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp"];
      const xvfb = await startChild(screen(), args, { cwd: home, said: (text) => /^(\d+)\n/m.exec(text)?.[1] });
      started.push(xvfb);
      env.DISPLAY = `:${xvfb.answer}`;
      env.GDK_BACKEND = "x11";
    }
    const port = await freePort();
    started.push(await startChild(driver(), [`--port=${port}`], { env, cwd: home }));
    const session = await beginSession(`http://127.0.0.1:${port}`, {
      "webkitgtk:browserOptions": { binary: miniBrowser(), args: ["--automation"] },
    });
    return {
      newPage: () => session.openWindow(),
      async close() {
        await session.end().catch(() => {});
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
