/** How the server shows that it cut a value (log_parameter_max_length). */
const CUT = '...';

/**
 * Values of a call as the server logs them: `$1 = 'it''s', $2 = NULL`. By position, as texts. Null when there are none, when one was
 * cut, or when it is anything else: half of the values is no sample.
 */
export function loggedParameters(text: string): readonly (string | null)[] | null {
  const values: (string | null)[] = [];
  let at = 0;
  for (;;) {
    const name = `$${values.length + 1} = `;
    if (!text.startsWith(name, at)) return null;
    at += name.length;
    if (text.startsWith('NULL', at)) {
      values.push(null);
      at += 4;
    } else {
      const value = quoted(text, at);
      if (value === null || value.text.endsWith(CUT)) return null;
      values.push(value.text);
      at = value.end;
    }
    if (at === text.length) return values;
    if (!text.startsWith(', ', at)) return null;
    at += 2;
  }
}

function quoted(text: string, from: number): { readonly text: string; readonly end: number } | null {
  if (text[from] !== "'") return null;
  let end = from + 1;
  for (;;) {
    end = text.indexOf("'", end);
    if (end < 0) return null;
    if (text[end + 1] !== "'") break;
    end += 2;
  }
  return { text: text.slice(from + 1, end).replaceAll("''", "'"), end: end + 1 };
}
