import { isLoopback } from '../allow.ts';
import { parseSetCookie, type SetCookie } from './set-cookie.ts';

/** What jars need to know of the one origin that all requests go to. */
export interface CookieOrigin {
  /** In lower case, without port and brackets. */
  readonly host: string;
  /** Whether cookies marked `Secure` are kept and sent: over TLS, and to this host, as browsers and curl do it. */
  readonly secure: boolean;
}

export function cookieOrigin(url: URL): CookieOrigin {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const here = host === 'localhost' || host.endsWith('.localhost') || isLoopback(host);
  return { host, secure: url.protocol === 'https:' || here };
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** ms since 1970; Infinity for a cookie of the session. */
  readonly expires: number;
}

/** RFC 6265 §6.1 asks for at least 50 a domain. */
const MOST_COOKIES = 50;

/** What jars without cookies share: most users of a load that only reads never get one. */
const EMPTY: readonly Cookie[] = [];

/**
 * The cookies of one virtual user, who only ever talks to one origin: RFC 6265 (and the name prefixes of its successor)
 * without the rules that tell sites apart, so without the list of public suffixes. Small, because there may be 50,000.
 */
export class CookieJar {
  readonly #origin: CookieOrigin;
  /** In the order in which they were first set. */
  #cookies: readonly Cookie[] = EMPTY;

  constructor(origin: CookieOrigin) {
    this.#origin = origin;
  }

  /** Takes a `Set-Cookie` header of an answer to `requestPath`. `now`: ms since 1970. What is not valid is ignored. */
  take(header: string, requestPath: string, now: number): void {
    const set = parseSetCookie(header);
    if (!set || !this.#accepts(set)) return;
    const path = set.path ?? defaultPath(requestPath);
    const expires = expiryOf(set, now);
    const same = (cookie: Cookie) => cookie.name === set.name && cookie.path === path;
    const cookie: Cookie = { name: set.name, value: set.value, path, expires };
    if (expires <= now) {
      this.#cookies = this.#cookies.filter((each) => !same(each));
    } else if (this.#cookies.some(same)) {
      // In its old place: RFC 6265 §5.3 step 11.3 keeps the time of creation.
      this.#cookies = this.#cookies.map((each) => (same(each) ? cookie : each));
    } else {
      const kept = this.#cookies.filter((each) => each.expires > now);
      this.#cookies = [...kept.slice(Math.max(0, kept.length + 1 - MOST_COOKIES)), cookie];
    }
  }

  /** Takes all cookies of an answer to `requestPath`; names of `headers` in lower case. */
  takeAll(headers: readonly (readonly [name: string, value: string])[], requestPath: string, now: number): void {
    for (const [name, value] of headers) if (name === 'set-cookie') this.take(value, requestPath, now);
  }

  /** The `Cookie` header for a request to `path` (with query), '' for none: longest paths first, then the oldest. */
  header(path: string, now: number): string {
    if (this.#cookies.length === 0) return '';
    const asked = pathOnly(path);
    return this.#cookies
      .filter((cookie) => cookie.expires > now && matches(asked, cookie.path))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
      .join('; ');
  }

  #accepts({ name, value, domain, path, secure }: SetCookie): boolean {
    const { host } = this.#origin;
    if (secure && !this.#origin.secure) return false;
    // A name of an address has no domains above it.
    const inside = domain === null || domain === host || (host.endsWith(`.${domain}`) && !/^[\d.]+$|:/.test(host));
    if (!inside) return false;
    // draft-ietf-httpbis-rfc6265bis §5.7: what these names promise has to be so.
    const marked = (name === '' ? value : name).toLowerCase();
    if (marked.startsWith('__secure-')) return secure && name !== '';
    if (marked.startsWith('__host-')) return secure && name !== '' && domain === null && path === '/';
    return true;
  }
}

function expiryOf({ maxAge, expires }: SetCookie, now: number): number {
  if (maxAge !== null) return maxAge <= 0 ? Number.NEGATIVE_INFINITY : now + maxAge * 1000;
  return expires ?? Number.POSITIVE_INFINITY;
}

function pathOnly(path: string): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

/** RFC 6265 §5.1.4. */
function defaultPath(requestPath: string): string {
  const path = pathOnly(requestPath);
  const last = path.lastIndexOf('/');
  return last <= 0 ? '/' : path.slice(0, last);
}

/** RFC 6265 §5.1.4: the same, or a folder above. */
function matches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/');
}
