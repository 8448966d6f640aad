/**
 * Tells which topics a list of selectors means, as hub/topic does it in Go:
 * only to know which tab an event is for. Undefined where that cannot be told.
 */
export function matcher(selectors: string): ((topic: string) => boolean) | undefined {
  const tests: ((topic: string) => boolean)[] = [];
  for (const [, name, value] of selectors.matchAll(/([^\n]*)\n([^\n]*)\n/g)) {
    if (value === "*") tests.push(() => true);
    else if (name === "match_urlpattern") {
      const Pattern = (globalThis as { URLPattern?: new (pattern: string) => { test(url: string): boolean } }).URLPattern;
      if (!Pattern) return undefined;
      try {
        const pattern = new Pattern(value!);
        tests.push((topic) => pattern.test(topic));
      } catch {
        return undefined; // relative to the hub, which knows its own URL
      }
    } else {
      tests.push((topic) => topic === value);
      const expression = name === "" ? template(value!) : undefined;
      if (expression) tests.push((topic) => expression.test(topic));
    }
  }
  return (topic) => tests.some((test) => test(topic));
}

const unreserved = "[A-Za-z0-9\\-._~]";
const reserved = "[A-Za-z0-9\\-._~:/?#\\[\\]@!$&'()*+,;=]";
const escaped = "%[0-9A-Fa-f]{2}";
const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** How one kind of expression expands (RFC 6570, appendix A): first, separator, named, "=" also where empty. */
const operators: Record<string, [string, string, boolean, boolean]> = {
  "": ["", ",", false, false],
  "+": ["", ",", false, false],
  "#": ["#", ",", false, false],
  ".": [".", ".", false, false],
  "/": ["/", "/", false, false],
  ";": [";", ";", true, false],
  "?": ["?", "&", true, true],
  "&": ["&", "&", true, true],
};

/** The expression for what a URI Template (RFC 6570) can expand to; undefined for a string that is none. */
function template(text: string): RegExp | undefined {
  if (!/\{[^{}]+\}/.test(text)) return undefined;
  const source = text.replace(/\{([+#./;?&]?)([^{}]+)\}|([^{}]+)/g, (_, operator: string | undefined, list: string, literal: string | undefined) =>
    literal === undefined ? expression(operator ?? "", list.split(",")) : literalOf(literal),
  );
  try {
    return new RegExp(`^${source}$`, "u");
  } catch {
    return undefined;
  }
}

/** Publishers write what no URI may hold as it is, or escaped. */
const literalOf = (text: string): string => text.replace(/[\s\S]/gu, (char) => (char < "\x80" ? quote(char) : `(?:${char}|${encodeURIComponent(char)})`));

function expression(operator: string, specs: string[]): string {
  const [first, separator, named, emptyEqual] = operators[operator]!;
  const char = operator === "+" || operator === "#" ? reserved : unreserved;
  const sep = quote(separator);
  const variable = (spec: string): string => {
    const explode = spec.endsWith("*");
    const [name, prefix] = spec.replace(/\*$/, "").split(":");
    const one = `(?:${char}|${escaped})`;
    const value = prefix ? `(?:${char}|(?:${escaped})+?){0,${prefix}}` : char === reserved ? `${one}*` : `(?:${char}|${escaped}|,)*`;
    if (explode && named) {
      const pair = emptyEqual ? `${one}+=${one}*` : `${one}+(?:=${one}*)?`;
      return `(?:${pair})(?:${sep}${pair})*`;
    }
    if (explode) return `(?:${char}|${escaped}|=)*(?:${sep}(?:${char}|${escaped}|=)*)*`;
    if (named) return emptyEqual ? `${quote(name!)}=${value}` : `${quote(name!)}(?:=${value})?`;
    return value;
  };
  const ways = specs.map((spec, i) => variable(spec) + specs.slice(i + 1).map((later) => `(?:${sep}${variable(later)})?`).join(""));
  return `(?:${quote(first)}(?:${ways.join("|")}))?`;
}
