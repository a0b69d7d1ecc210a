import { literal, literalBefore } from './literal.ts';
import type { Recording } from './recording.ts';
import { isSecretName } from './secrets.ts';

/**
 * What in a text of unknown kind has the look of a secret: `"password": "…"`, `token=…`, `<apiKey>…</apiKey>`, and JSON Web
 * Tokens anywhere. Nothing is asked of what follows a value, and every repetition is bounded: looking through a text costs time in
 * proportion to its length.
 */
const CANDIDATE =
  /"([A-Za-z_][\w.-]{0,60})"(\s{0,4}:\s{0,4}")((?:[^"\\]|\\.){1,8192})|\b([A-Za-z_][\w.-]{0,60})(=)([^\s"'&,;<>]{1,8192})|<([A-Za-z_][\w.-]{0,60})(>)([^<>]{1,8192})|\b()()(eyJ[\w-]{8,512}\.[\w-]{2,8192}\.[\w-]{0,8192})/g;

/** A text as a template, with what may be a secret in it as references. Nobody should rely on that alone. */
export function redactedText(text: string, recording: Recording): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const name = match[1] ?? match[4] ?? match[7] ?? match[10] ?? '';
    const value = match[3] ?? match[6] ?? match[9] ?? match[12] ?? '';
    if (name !== '' && !isSecretName(name)) continue;
    const from = match.index + match[0].length - value.length;
    result += literalBefore(text.slice(at, from));
    result += recording.secrets.reference(
      name || 'TOKEN',
      value,
      name === '' ? 'token in a body' : `${name} in a body`,
    );
    at = from + value.length;
  }
  return result + literal(text.slice(at));
}
