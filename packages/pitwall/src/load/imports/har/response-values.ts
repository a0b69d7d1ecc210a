/** A text or number of a JSON response. */
export interface JsonLeaf {
  readonly value: string;
  /** JSONPath (RFC 9535) that leads to it. */
  readonly path: string;
  /** Its key, with the one above where it says too little: what a variable for it is called. */
  readonly key: string;
}

/** Keys that say nothing without the one above them: `order.id` is an order_id. */
const GENERIC = /^(?:id|uuid|guid|key|value|code|number|ref|href|slug|name)$/i;

const MOST_LEAVES = 50_000;
const DEEPEST = 30;

/** All texts and numbers of a JSON text, nearest to the root first in each branch; none when it is no JSON. */
export function jsonLeaves(text: string): readonly JsonLeaf[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return [];
  }
  const leaves: JsonLeaf[] = [];
  const walk = (value: unknown, path: string, key: string, depth: number): void => {
    if (leaves.length >= MOST_LEAVES || depth > DEEPEST) return;
    if (typeof value === 'string' || typeof value === 'number')
      leaves.push({ value: String(value), path, key: key || 'value' });
    else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`, key, depth + 1);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        walk(item, `${path}${member(name)}`, GENERIC.test(name) && key !== '' ? `${key}_${name}` : name, depth + 1);
      }
    }
  };
  walk(data, '$', '', 0);
  return leaves;
}

/** RFC 9535 §2.5.1: the short form for plain names, a quoted one with escapes for all others. */
function member(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `.${name}`;
  return `[${JSON.stringify(name)}]`;
}

/** A value that a page hands on in its HTML: a field of a form, or a meta tag. */
export interface MarkedValue {
  readonly value: string;
  /** A pattern whose first group finds it in the HTML. */
  readonly pattern: string;
  readonly name: string;
}

const MOST_TAGS = 5000;

/** `<input name="csrf" value="…">` and `<meta name="csrf-token" content="…">`. */
export function markedValues(html: string): readonly MarkedValue[] {
  const found: MarkedValue[] = [];
  for (const match of html.matchAll(/<(input|meta)\b([^<>]{1,2000})>/gi)) {
    if (found.length >= MOST_TAGS) break;
    const valueKey = match[1]!.toLowerCase() === 'input' ? 'value' : 'content';
    const attributes = [...match[2]!.matchAll(/([A-Za-z-]{1,40})\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)')/g)];
    const name = attributes.find((each) => each[1]!.toLowerCase() === 'name');
    const value = attributes.find((each) => each[1]!.toLowerCase() === valueKey);
    if (!name || !value) continue;
    const [called, content] = [name[2] ?? name[3]!, value[2] ?? value[3]!];
    // An entity would have to be decoded by whoever uses the value.
    if (called === '' || content.includes('&') || /[\r\n]/.test(called)) continue;
    // As this page writes it: a pattern that begins with plain text is looked for at the speed of a text search.
    const quote = value[0].at(-1)!;
    const before = value[0].slice(0, value[0].indexOf(quote) + 1);
    const valued = `${escaped(before)}([^${quote}]*)${quote}`;
    const named = escaped(name[0]);
    const pattern = name.index < value.index ? `${named}[^>]*${valued}` : `${valued}[^>]*${named}`;
    found.push({ value: content, pattern, name: called });
  }
  return found;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
