/** How much of the module's error output is kept for an error's message. */
const keep = 16_384;

/**
 * What the Go program prints. It goes to the console in whole pieces, one for
 * all that is printed in a row, so that a panic is one entry; the end of the
 * error output is kept to say why the program ended.
 */
export class Output {
  #decoder = new TextDecoder();
  /** By the stream it was written to: 1 or 2. */
  #waiting: Record<number, string> = {};
  #errors = "";

  write(fd: number, bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes);
    if (fd === 2) this.#errors = (this.#errors + text).slice(-keep);
    if (!this.#waiting[fd]) {
      queueMicrotask(() => {
        console[fd === 2 ? "error" : "log"](this.#waiting[fd]!.trimEnd());
        this.#waiting[fd] = "";
      });
    }
    this.#waiting[fd] = (this.#waiting[fd] ?? "") + text;
  }

  /** The line that says why the program ended, or "". */
  reason(): string {
    const lines = this.#errors.split("\n");
    return lines.find((line) => /^(panic|fatal error|runtime): /.test(line)) ?? lines.find((line) => line !== "") ?? "";
  }
}
