import { z } from 'zod';
import { printable } from '../../errors.ts';
import { durationSchema, sizeSchema } from '../../model/schemas.ts';
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
  /** Seconds that a change waits for a lock. Absent: 5. */
  readonly lockTimeout?: number;
  /** Share of one connection's time that analysis may keep the server at work. Absent: USUAL_LOAD of connection.ts. */
  readonly maxLoad?: number;
  /** Absent: as the database has it for our role. */
  readonly searchPath?: string;
  /** Absent: `auto`. */
  readonly whatIf?: 'auto' | 'allowed' | 'copy' | 'off';
  /** A database for trials, to connect to with the same time-outs; absent: none. */
  readonly copy?: PostgresqlOptions;
  /** Absent: false. */
  readonly allowCopy?: boolean;
  /** Server logs, or folders of them; absent: none. */
  readonly logs?: readonly string[];
  /** Bytes at the end of each log that are read; absent: LOG_TAIL of connection.ts. */
  readonly logTail?: number;
  /** Files of SQL; absent: none. */
  readonly statementFiles?: readonly string[];
  /** What the server is used for; absent: guessed from its statements. */
  readonly workload?: 'web' | 'oltp' | 'dw' | 'mixed';
  /** The machine that it runs on, where that is not this host; absent: looked for here. */
  readonly machine?: z.infer<typeof machine>;
  /** Admin console of a PgBouncer in front of it; absent: none. */
  readonly pgbouncer?: PostgresqlOptions;
}

const copy = z.strictObject({
  url: text.describe(
    'postgres://user:password@host:port/database of a restored copy, best as a secret (env: or file:).',
  ),
  tls: z
    .union([z.boolean(), tls])
    .optional()
    .describe('As for the database itself. Default: as its url says, else no.'),
});

const machine = z.strictObject({
  memory: sizeSchema
    .refine((value) => value >= 2 ** 26, 'expected 64 MiB or more')
    .optional()
    .describe('Memory that the server may use.'),
  cpus: z.number().positive().max(4096).optional().describe('Processors that it may use.'),
  disk: z.enum(['hdd', 'ssd', 'nvme']).optional().describe('What its data is on.'),
});

const pgbouncer = z.strictObject({
  url: text.describe(
    'postgres://user:password@host:6432/pgbouncer: its admin console, as one of its stats_users, best as a secret (env: or file:).',
  ),
});

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
    lockTimeout: seconds
      .optional()
      .describe('How long a change waits for a lock that somebody else holds. Default: 5s.'),
    maxLoad: z
      .number()
      .min(0.01)
      .max(1)
      .optional()
      .describe(
        'Share of one connection that analysis (plans, what-if) keeps the server at work, at most. Default: 0.5.',
      ),
    searchPath: text
      .optional()
      .describe(
        'Schemas in which the application’s statements find their tables. Default: as for the role of Pitwall.',
      ),
    whatIf: z
      .enum(['auto', 'allowed', 'copy', 'off'])
      .optional()
      .describe(
        'Where the planner is asked about indexes that do not exist. auto: HypoPG in this database where it is installed and known to be good, on a primary only while somebody attends (a terminal), else a copy; allowed: any HypoPG, also unattended; copy: never in this database; off: nowhere. Default: auto.',
      ),
    copy: copy
      .optional()
      .describe('A restored copy (or staging) for trials: indexes are built and statements run there.'),
    allowCopy: z
      .boolean()
      .optional()
      .describe('Whether a temporary copy may be made on this server, for trials. Needs CREATEDB. Default: false.'),
    logs: z
      .array(text)
      .max(20)
      .optional()
      .describe(
        'Server logs (stderr, csvlog or jsonlog) with log_min_duration_statement or auto_explain, or folders of them: real values and plans come from there. Default: none.',
      ),
    logTail: sizeSchema
      .refine((value) => value >= 4096, 'expected 4 KiB or more')
      .optional()
      .describe('How much of the end of each log is read. Default: 64MiB.'),
    statementFiles: z
      .array(text)
      .max(20)
      .optional()
      .describe(
        'Files of SQL statements; comments before one say more of it (-- calls: 100, -- endpoint: GET /orders, -- params: [1, "a"]). Default: none.',
      ),
    workload: z
      .enum(['web', 'oltp', 'dw', 'mixed'])
      .optional()
      .describe('What the server is used for, for start values of its settings. Default: guessed from its statements.'),
    machine: machine
      .optional()
      .describe('What the server has, where it runs on another host. Default: found out where it runs on this one.'),
    pgbouncer: pgbouncer
      .optional()
      .describe('A PgBouncer in front of the server: who waits for a connection there is measured. Default: none.'),
  })
  .transform((written, context): PostgresqlOptions => {
    const { url, tls: secured, connectTimeout, statementTimeout, lockTimeout } = written;
    const { maxLoad, searchPath, whatIf, allowCopy, logs, logTail, statementFiles, workload, machine } = written;
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
    const copied = written.copy === undefined ? null : parseUrl(written.copy.url);
    if (typeof copied === 'string') {
      context.addIssue({ code: 'custom', path: ['copy', 'url'], message: copied });
      return z.NEVER;
    }
    const pooler = written.pgbouncer === undefined ? null : parseUrl(written.pgbouncer.url);
    if (typeof pooler === 'string') {
      context.addIssue({ code: 'custom', path: ['pgbouncer', 'url'], message: pooler });
      return z.NEVER;
    }
    const limits = { connectTimeout, statementTimeout };
    return {
      ...placeOf({ ...parts, ...present(written) }),
      tls: tlsOf(secured, parts.tls),
      ...limits,
      ...present({
        lockTimeout,
        maxLoad,
        searchPath,
        whatIf,
        allowCopy,
        logs,
        logTail,
        statementFiles,
        workload,
        machine,
      }),
      ...(copied === null
        ? {}
        : { copy: { ...placeOf(copied), tls: tlsOf(written.copy!.tls, copied.tls), ...limits } }),
      ...(pooler === null
        ? {}
        : {
            pgbouncer: {
              ...placeOf({ database: 'pgbouncer', ...present(pooler), port: pooler.port ?? 6432 }),
              tls: tlsOf(undefined, pooler.tls),
              ...limits,
            },
          }),
    };
  });

type Place = Pick<PostgresqlOptions, 'host' | 'port' | 'user' | 'password' | 'database'>;

function placeOf({ host = 'localhost', port = 5432, user, password, database }: Partial<Place>): Place {
  return { host, port, ...present({ user, password, database }) };
}

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
