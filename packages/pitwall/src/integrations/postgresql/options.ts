import { z } from 'zod';
import { printable } from '../../errors.ts';
import { durationSchema } from '../../model/schemas.ts';
import { parseUrl } from './url.ts';

const text = z
  .string()
  .min(1)
  .max(1000)
  // The protocol ends texts with a zero byte: what came after it would be read as something else.
  .refine((value) => !value.includes('\u0000'), 'it contains a zero byte');

const tls = z.strictObject({
  ca: text.optional().describe('PEM file with the CA to trust, or the PEM text. Default: those that Node trusts.'),
  cert: text.optional().describe('PEM file with the certificate to show, or the PEM text.'),
  key: text.optional().describe('PEM file with its key, or the PEM text as a secret (env: or file:).'),
  servername: text.optional().describe('Name to expect in the certificate. Default: the host.'),
  rejectUnauthorized: z.boolean().optional().describe('Whether an untrusted certificate is an error. Default: true.'),
});

const seconds = durationSchema.refine((value) => value >= 0.1 && value <= 600, {
  error: 'expected a duration from 100ms to 10m',
});

export interface PostgresqlOptions {
  /** Name, address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** Absent: the user that Pitwall runs as. */
  readonly user?: string;
  /** Absent: none, or what `~/.pgpass` has for it. */
  readonly password?: string;
  /** Absent: called like the user. */
  readonly database?: string;
  /** Null: not encrypted. */
  readonly tls: z.infer<typeof tls> | null;
  /** Seconds. */
  readonly connectTimeout: number;
  readonly statementTimeout: number;
}

const SEPARATE = ['host', 'port', 'user', 'password', 'database'] as const;

export const postgresqlOptions: z.ZodType<PostgresqlOptions> = z
  .strictObject({
    url: text
      .optional()
      .describe('postgres://user:password@host:port/database?sslmode=verify-full, best as a secret (env: or file:).'),
    host: text.optional().describe('Name, address, or the folder of its Unix socket. Default: localhost.'),
    port: z.int().min(1).max(65_535).optional().describe('Default: 5432.'),
    user: text
      .optional()
      .describe('A role that may read statistics (pg_monitor). Default: the user that Pitwall runs as.'),
    password: text.optional().describe('A secret (env: or file:). Default: what ~/.pgpass says.'),
    database: text.optional().describe('Default: called like the user.'),
    tls: z
      .union([z.boolean(), tls])
      .optional()
      .describe('Whether, and how, the connection is encrypted. Default: as the url says, else no.'),
    connectTimeout: seconds.default(5).describe('When an attempt to connect is given up.'),
    statementTimeout: seconds.default(5).describe('When a question of ours is given up; the server ends it, too.'),
  })
  .transform((written, context): PostgresqlOptions => {
    const { url, tls: secured, connectTimeout, statementTimeout } = written;
    const parts = url === undefined ? {} : parseUrl(url);
    if (typeof parts === 'string') {
      context.addIssue({ code: 'custom', path: ['url'], message: parts });
      return z.NEVER;
    }
    const both =
      url === undefined ? undefined : SEPARATE.find((key) => written[key] !== undefined && parts[key] !== undefined);
    if (both !== undefined) {
      context.addIssue({ code: 'custom', path: [both], message: 'the url says it already: leave out one of the two' });
      return z.NEVER;
    }
    const { host = 'localhost', port = 5432, user, password, database } = { ...parts, ...present(written) };
    return {
      host,
      port,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ...(database === undefined ? {} : { database }),
      tls: tlsOf(secured, parts.tls),
      connectTimeout,
      statementTimeout,
    };
  });

function tlsOf(
  written: boolean | z.infer<typeof tls> | undefined,
  fromUrl: z.infer<typeof tls> | undefined,
): PostgresqlOptions['tls'] {
  if (written === false) return null;
  if (written === undefined) return fromUrl ?? null;
  return { ...fromUrl, ...(written === true ? {} : written) };
}

function present<T extends object>(written: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** `orders on db.example:5432`, without anything secret. */
export function describeOptions({ host, port, user, database }: PostgresqlOptions): string {
  const at = host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return printable(`${database ?? user ?? 'the default database'} on ${at}`);
}
