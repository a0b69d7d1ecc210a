/** A `Set-Cookie` header, read as RFC 6265 §5.2 says (with the limits of its successor, draft-ietf-httpbis-rfc6265bis §5.6). */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Null: from the path of the request. */
  readonly path: string | null;
  /** In lower case, without a leading dot; null: only the host that set it. */
  readonly domain: string | null;
  readonly secure: boolean;
  /** ms since 1970, from `Expires`; null for a cookie of the session. */
  readonly expires: number | null;
  /** Seconds; wins over `expires`. */
  readonly maxAge: number | null;
}

/** Bytes of name and value together, and of one attribute's value. */
const MOST_BYTES = 4096;
const MOST_ATTRIBUTE_BYTES = 1024;
/** Characters of the whole header: what Node takes for a whole head, and room for a cookie with all attributes at their limits. */
const MOST_CHARACTERS = 16 * 1024;

/** The cookie that a header sets; null when it is to be ignored. */
export function parseSetCookie(header: string): SetCookie | null {
  if (header.length > MOST_CHARACTERS) return null;
  // What could not be sent back in a header.
  if (!/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(header)) return null;
  const [pair, ...attributes] = header.split(';');
  const equals = pair!.indexOf('=');
  const name = equals < 0 ? '' : trim(pair!.slice(0, equals));
  const value = trim(equals < 0 ? pair! : pair!.slice(equals + 1));
  if (name === '' && value === '') return null;
  if (Buffer.byteLength(name) + Buffer.byteLength(value) > MOST_BYTES) return null;

  const found = new Map<string, string>();
  for (const attribute of attributes) {
    const at = attribute.indexOf('=');
    const key = trim(at < 0 ? attribute : attribute.slice(0, at)).toLowerCase();
    const text = at < 0 ? '' : trim(attribute.slice(at + 1));
    if (Buffer.byteLength(text) > MOST_ATTRIBUTE_BYTES) continue;
    // The last one of a kind counts; one that says nothing of use does not.
    if (key === 'expires' ? parseCookieDate(text) !== null : key !== 'max-age' || /^-?\d+$/.test(text)) {
      found.set(key, text);
    }
  }
  const path = found.get('path');
  const domain = found.get('domain')?.replace(/^\./, '').toLowerCase();
  return {
    name,
    value,
    path: path?.startsWith('/') ? path : null,
    domain: domain ? domain : null,
    secure: found.has('secure'),
    expires: found.has('expires') ? parseCookieDate(found.get('expires')!) : null,
    maxAge: found.has('max-age') ? Number(found.get('max-age')) : null,
  };
}

/** RFC 6265 calls space and tab white space, and nothing else. */
function trim(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** RFC 6265 §5.1.1: finds time, day, month and year in whatever order servers write them. ms since 1970, or null. */
export function parseCookieDate(text: string): number | null {
  let time: readonly number[] | null = null;
  let day: number | null = null;
  let month: number | null = null;
  let year: number | null = null;
  for (const token of text.split(/[\t\u0020-\u002f\u003b-\u0040\u005b-\u0060\u007b-\u007e]+/)) {
    const clock: RegExpExecArray | null = time === null ? /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token) : null;
    const dayText: RegExpExecArray | null = day === null ? /^(\d{1,2})(?:\D|$)/.exec(token) : null;
    const monthNumber: number = month === null ? MONTHS.indexOf(token.slice(0, 3).toLowerCase()) : -1;
    const yearText: RegExpExecArray | null = year === null ? /^(\d{2,4})(?:\D|$)/.exec(token) : null;
    if (clock) time = clock.slice(1).map(Number);
    else if (dayText) day = Number(dayText[1]);
    else if (monthNumber >= 0) month = monthNumber;
    else if (yearText) year = Number(yearText[1]);
  }
  if (time === null || day === null || month === null || year === null) return null;
  if (year >= 70 && year <= 99) year += 1900;
  else if (year <= 69) year += 2000;
  const [hour = 0, minute = 0, second = 0] = time;
  if (day < 1 || day > 31 || year < 1601 || hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  // 31 February is no date.
  return date.getUTCDate() === day ? date.getTime() : null;
}
