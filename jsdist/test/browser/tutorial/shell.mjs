// One shell in which examples run one after the other, as a person types them:
// what one exports or defines, the next one has.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "amalgam-shell-"));

export class Shell {
  #bash = spawn("bash", ["--norc", "-eu"], { stdio: ["pipe", "pipe", "pipe"] });
  #said = "";
  #count = 0;
  #look = () => {};

  constructor() {
    for (const stream of [this.#bash.stdout, this.#bash.stderr]) stream.on("data", (bytes) => ((this.#said += bytes), this.#look()));
    this.#bash.once("close", () => ((this.#said += "\n<the shell has ended>"), this.#look()));
  }

  /** Runs commands, of which none may fail, and returns what they say. */
  run(text, ms = 60_000) {
    const file = join(folder, `${++this.#count}.sh`);
    writeFileSync(file, text);
    const mark = `<${this.#count} is done>`;
    this.#said = "";
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${text}\n${why}:\n${this.#said}`));
      const timer = setTimeout(() => fail(`took longer than ${ms} ms`), ms);
      this.#look = () => {
        const failed = this.#said.includes("<the shell has ended>");
        if (!failed && !this.#said.includes(mark)) return;
        clearTimeout(timer);
        this.#look = () => {};
        if (failed) fail("a command failed");
        else resolve(this.#said.replace(`${mark}\n`, ""));
      };
      this.#bash.stdin.write(`source ${file} </dev/null\necho '${mark}'\n`);
    });
  }

  close() {
    this.#bash.stdin.end();
  }
}
