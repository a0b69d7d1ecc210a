import { PitwallError, reasonOf } from '../../../errors.ts';
import { APACHE_COMBINED, APACHE_COMMON, APACHE_VHOST_COMBINED, apacheTokens } from './apache-format.ts';
import { jsonReader } from './json-lines.ts';
import { lineReader } from './line-format.ts';
import { isJsonDirective, NGINX_COMBINED, nginxTokens } from './nginx-format.ts';
import type { LineReader } from './record.ts';

/** Formats with a name, most specific first: every combined line also begins like a common one. */
const NAMED: Readonly<Record<string, () => LineReader>> = {
  json: () => jsonReader(),
  caddy: () => jsonReader(),
  vhost_combined: () => apache('vhost_combined', APACHE_VHOST_COMBINED),
  // The same as Apache's, but nginx logs when the response has been sent.
  combined: () => lineReader('combined', nginxTokens(NGINX_COMBINED), 'end'),
  common: () => apache('common', APACHE_COMMON),
};

export const FORMAT_NAMES = [...Object.keys(NAMED), 'apache_combined'] as const;

/**
 * The reader for what --format says: a name, a log_format of nginx (it has `$`), a LogFormat of Apache (it has `%`), or
 * `json:field=key,…`.
 * @throws PitwallError IMPORT_FORMAT
 */
export function readerFor(format: string): LineReader {
  const name = format.trim();
  try {
    if (Object.hasOwn(NAMED, name)) return NAMED[name]!();
    if (name === 'apache_combined') return apache(name, APACHE_COMBINED);
    if (name.startsWith('json:')) return jsonReader(name.slice('json:'.length));
    if (isJsonDirective(format)) return jsonReader();
    if (format.includes('$')) return lineReader('log_format', nginxTokens(format), 'end');
    if (format.includes('%')) return apache('LogFormat', format);
  } catch (error) {
    throw new PitwallError('IMPORT_FORMAT', { format, reason: reasonOf(error) });
  }
  throw new PitwallError('IMPORT_FORMAT', { format, reason: 'it is neither a known name nor a format' });
}

function apache(name: string, format: string): LineReader {
  const { tokens, timeIs } = apacheTokens(format);
  return lineReader(name, tokens, timeIs);
}

/** The named format that reads most of the lines; null when none reads at least half of them. */
export function detectFormat(lines: readonly string[]): LineReader | null {
  let best: LineReader | null = null;
  let most = lines.length / 2;
  for (const make of Object.values(NAMED)) {
    const reader = make();
    const read = lines.filter((line) => reader.read(line) !== null).length;
    if (read > 0 && (best === null ? read >= most : read > most)) {
      best = reader;
      most = read;
    }
  }
  return best;
}
