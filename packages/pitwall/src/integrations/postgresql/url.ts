/** What a connection URL says, as the options that it stands for. */
export interface UrlParts {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly rejectUnauthorized?: boolean;
  };
}

/**
 * `sslmode` values that mean a connection whose certificate is checked. libpq checks less for the first three: whoever wants
 * that says `no-verify`, or `tls: { rejectUnauthorized: false }`.
 */
const VERIFIED = ['prefer', 'require', 'verify-ca', 'verify-full'];
const PLAIN = ['disable', 'allow'];
/** Parameters that change nothing here. */
const IGNORED = [
  'application_name',
  'fallback_application_name',
  'connect_timeout',
  'keepalives',
  'channel_binding',
  'uselibpqcompat',
];
const KNOWN = ['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', ...IGNORED];

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`. A string is what is wrong with it: never with a part of the
 * text in it, because a password may be in a place where nobody expects one.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function parseUrl(text: string): UrlParts | string {
  if (!/^postgres(?:ql)?:\/\//i.test(text)) return 'expected a URL that begins with postgres:// or postgresql://';
  // `postgres://user@/database?host=/run/postgresql`: usual for a Unix socket, and not a URL to the URL standard.
  const hostless = text.replace(/^([^/?#]+\/\/)([^/?#]*@)?(?=[/?#]|$)/, '$1$2socket.invalid');
  if (!URL.canParse(hostless)) return 'expected a URL (special characters in the password have to be percent-encoded)';
  const url = new URL(hostless);
  const unknown = [...url.searchParams.keys()].some((name) => !KNOWN.includes(name));
  if (unknown || url.hash !== '') return `it has a parameter that means nothing here (known are ${KNOWN.join(', ')})`;
  const parts = [url.hostname.replace(/^\[|\]$/g, ''), url.username, url.password, url.pathname.slice(1)].map(decoded);
  if (parts.includes(null)) return 'a % in it is not followed by two hexadecimal digits';
  const [host, user, password, database] = parts as [string, string, string, string];
  const parameter = (name: string): string => url.searchParams.get(name) ?? '';
  const mode = parameter('sslmode');
  if (mode !== '' && ![...VERIFIED, ...PLAIN, 'no-verify'].includes(mode)) {
    return `expected sslmode to be one of ${[...PLAIN, ...VERIFIED, 'no-verify'].join(', ')}`;
  }
  const port = Number(parameter('port') || url.port || 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return 'expected a port from 1 to 65535';
  return {
    ...given('host', parameter('host') || (host === 'socket.invalid' ? '' : host)),
    ...(port === 0 ? {} : { port }),
    ...given('user', parameter('user') || user),
    ...given('password', parameter('password') || password),
    ...given('database', parameter('dbname') || database),
    ...(VERIFIED.includes(mode) || mode === 'no-verify'
      ? {
          tls: {
            ...given('ca', parameter('sslrootcert')),
            ...given('cert', parameter('sslcert')),
            ...given('key', parameter('sslkey')),
            ...(mode === 'no-verify' ? { rejectUnauthorized: false } : {}),
          },
        }
      : {}),
  };
}

function given<Key extends string>(key: Key, value: string): { readonly [K in Key]?: string } {
  return value === '' ? {} : ({ [key]: value } as { readonly [K in Key]: string });
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
