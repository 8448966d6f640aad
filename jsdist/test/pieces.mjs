// Cuts an event stream into its pieces without changing a byte: events, each
// with the empty line that ends it, and comments between events.

/** Returns a function that takes bytes and calls `take({event, comment, bytes})` for each whole piece. */
export function splitter(take) {
  let rest = Buffer.alloc(0);
  let lines = []; // of the event that has begun
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (let end; (end = rest.indexOf(10)) >= 0; ) {
      const line = rest.subarray(0, end + 1);
      rest = rest.subarray(end + 1);
      const text = line.toString().trimEnd();
      if (lines.length === 0 && text.startsWith(":")) {
        take({ comment: text.slice(1).trim(), bytes: line });
        continue;
      }
      lines.push(line);
      if (text !== "") continue;
      const whole = Buffer.concat(lines);
      lines = [];
      const { id, data } = fields(whole.toString());
      take(data === undefined ? { bytes: whole } : { event: { id, data }, bytes: whole });
    }
  };
}

function fields(text) {
  const found = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^(id|data): ?(.*)$/.exec(line) ?? [];
    if (name) found[name] = name === "data" && found.data !== undefined ? `${found.data}\n${value}` : value;
  }
  return found;
}
