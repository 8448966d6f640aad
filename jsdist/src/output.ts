/** How much of the module's error output is kept for an error's message. */
const keep = 16_384;

/**
 * What the Go program prints. It goes to the console in whole pieces, one for
 * all that is printed in a row, so that a panic is one entry; the end of the
 * error output is kept to say why the program ended.
 */
export class Output {
  #decoder = new TextDecoder();
  #waiting = { out: "", err: "" };
  #scheduled = false;
  #errors = "";

  write(fd: number, bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes);
    this.#waiting[fd === 2 ? "err" : "out"] += text;
    if (fd === 2) this.#errors = (this.#errors + text).slice(-keep);
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => this.#flush());
    }
  }

  /** The line that says why the program ended, or "". */
  reason(): string {
    const lines = this.#errors.split("\n");
    return lines.find((line) => /^(panic|fatal error|runtime): /.test(line)) ?? lines.find((line) => line !== "") ?? "";
  }

  #flush(): void {
    const { out, err } = this.#waiting;
    this.#waiting = { out: "", err: "" };
    this.#scheduled = false;
    if (out !== "") console.log(out.trimEnd());
    if (err !== "") console.error(err.trimEnd());
  }
}
