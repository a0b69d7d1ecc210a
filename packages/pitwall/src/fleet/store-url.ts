import { PitwallError } from '../errors.ts';

/** A store's URL, taken apart as far as we need it. The rest (TLS, options) is the client library's to read. */
export interface StoreUrl {
  /** For the client library. Contains the password, when there is one. */
  readonly connectionString: string;
  /** For people: `postgres://user@host:5432/database`, without password and parameters. */
  readonly name: string;
  /** What must never be shown. */
  readonly secrets: readonly string[];
  /** The URL with all that a URL has to have: `localhost` where there was no host. */
  readonly url: URL;
}

/**
 * `sslmode` values that `pg` 8 treats as `verify-full`, with a warning on stderr each time. We say the same thing without it.
 * Source: pg-connection-string 2.x, `deprecatedSslModeWarning`. `uselibpqcompat=true` gives them libpq's meaning.
 */
const LIKE_VERIFY_FULL = ['prefer', 'require', 'verify-ca'];
/** Parameters of a connection that are secrets. */
const SECRET_PARAMETERS = ['password', 'sslpassword'];

/**
 * Reads the URL of a shared store. The text is never part of a message: it may hold a password in a place nobody expects.
 * @throws PitwallError SHARED_STORE_URL
 */
export function parseStoreUrl(text: string): StoreUrl {
  const refuse = (problem: string) => new PitwallError('SHARED_STORE_URL', { problem });
  if (text.trim() === '') throw refuse('it is empty');
  if (!/^postgres(ql)?:\/\//i.test(text)) throw refuse('it does not begin with postgres:// or postgresql://');
  // `postgres://user@/database?host=/run/postgresql`: usual for a Unix socket, and not a URL to the URL standard.
  const hostless = text.replace(/^([^/?#]+\/\/[^/?#]*@)(?=\/)/, '$1localhost');
  if (!URL.canParse(hostless))
    throw refuse('it is not a URL (are special characters in the password percent-encoded?)');
  const url = new URL(hostless);
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && LIKE_VERIFY_FULL.includes(mode) && url.searchParams.get('uselibpqcompat') !== 'true') {
    url.searchParams.set('sslmode', 'verify-full');
  }
  const decoded = [decode(url.username), decode(url.password), decode(url.pathname.slice(1)), decode(url.hostname)];
  if (decoded.includes(null)) throw refuse('a % in it is not followed by two hexadecimal digits');
  const [user, password, database, host] = decoded as [string, string, string, string];
  const secrets = [password, url.password, ...SECRET_PARAMETERS.map((name) => url.searchParams.get(name) ?? '')];
  const shownHost = url.searchParams.get('host') ?? host;
  const at = `${user === '' ? '' : `${user}@`}${shownHost === '' ? 'localhost' : shownHost}`;
  return {
    connectionString: hostless === text ? url.href : text,
    name: `postgres://${at}${url.port === '' ? '' : `:${url.port}`}${database === '' ? '' : `/${database}`}`,
    secrets: [...new Set(secrets.filter((secret) => secret !== ''))],
    url,
  };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
