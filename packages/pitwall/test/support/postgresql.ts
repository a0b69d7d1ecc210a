import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { programsOrThrow, withoutExtension, withoutPostgresql } from './postgresql-programs.ts';

export { npmPrograms, withoutExtension, withoutPostgresql } from './postgresql-programs.ts';

/**
 * A PostgreSQL of a test's own: a new cluster in a temporary folder on a free port of loopback, with a password. It never
 * runs as root (initdb refuses to): a test that does hands it to the user `postgres`, or `nobody` when there is none.
 */
export interface Postgresql {
  readonly port: number;
  /** Temporary folder: `data`, `log`, and the Unix socket. */
  readonly directory: string;
  readonly user: string;
  readonly password: string;
  readonly version: string;
  /** `postgres://user:password@127.0.0.1:port/database`. */
  url(database?: string): string;
  /** Makes a new, empty database and returns its URL. */
  createDatabase(name?: string): Promise<string>;
  /** Runs one statement as the superuser. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[], database?: string): Promise<Row[]>;
  /** Starts it again after `stop`, on the same port with the same data. */
  start(): Promise<void>;
  /** `fast`: open connections are ended in order; `immediate`: as after a crash. The data stays. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Ends it and deletes the folder. */
  remove(): Promise<void>;
}

export interface PostgresqlOptions {
  /** Of postgresql.conf, such as `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf that come before the rest. */
  readonly hba?: readonly string[];
  /** Major version, such as `16`, or folder of the programs; left out: PITWALL_TEST_POSTGRESQL, or the newest there is. */
  readonly version?: string;
  /** Those that the tests cannot do without: where one is not installed they are skipped, in CI they fail. */
  readonly extensions?: readonly string[];
}

const USER = 'pitwall';
const PASSWORD = 'secret of the test';
/** Durability is not what these tests are about, and a test's cluster is made anew each time. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  max_connections: '60',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  // A worker of it in a test's database would be counted with what the test asked for.
  autovacuum: 'off',
  log_min_messages: 'warning',
  timezone: 'UTC',
};
/** Seconds for the server to answer, and to end. */
const PATIENCE = 30;

/** One server for the tests of a file, and for their `skip` why there is none. */
export interface SharedPostgresql {
  readonly skip: string | false;
  /** Up from the first test on. */
  readonly server: Postgresql;
}

/**
 * Starts a server before the tests of the file, or of the `describe`, that it is called in, and removes it after them.
 * @param prepare done once it is up, before the first test; a `before` of the file's own would not wait for it
 */
export function sharedPostgresql(
  options: PostgresqlOptions = {},
  prepare: (server: Postgresql) => Promise<void> = async () => {},
): SharedPostgresql {
  const extensions = options.extensions ?? [];
  const skip = [withoutPostgresql(options.version), ...extensions.map(withoutExtension)].find(Boolean) ?? false;
  let server: Postgresql | null = null;
  before(async () => {
    if (skip) return;
    server = await startPostgresql(options);
    await prepare(server);
  });
  after(() => server?.remove());
  return {
    skip,
    get server() {
      if (server === null) throw new Error('PostgreSQL has not been started yet');
      return server;
    },
  };
}

/** Who the server runs as: null when the test itself is nobody special. */
function serverUser(): string | null {
  if (process.getuid?.() !== 0) return null;
  const known = new Set(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0]!),
  );
  return known.has('postgres') ? 'postgres' : 'nobody';
}

/** The command as the server's user. `setpriv` also ends it with us, whatever ends us. */
function asServer(user: string | null, command: readonly string[], extra: readonly string[] = []): string[] {
  if (!existsSync('/usr/bin/setpriv')) return [...command];
  const change = user === null ? [] : [`--reuid=${user}`, `--regid=${groupOf(user)}`, '--clear-groups'];
  return change.length + extra.length === 0 ? [...command] : ['setpriv', ...change, ...extra, '--', ...command];
}

function groupOf(user: string): string {
  return execFileSync('id', ['-gn', user], { encoding: 'utf8' }).trim();
}

/** The programs' folder; copied, when it is inside one that the server's user may not enter, such as the home of root. */
function reachable(bin: string, user: string | null, directory: string): string {
  const [file, ...args] = asServer(user, ['test', '-x', join(bin, 'initdb')]);
  if (user === null || spawnSync(file!, args, { stdio: 'ignore' }).status === 0) return bin;
  cpSync(join(bin, '..'), join(directory, 'programs'), { recursive: true, verbatimSymlinks: true });
  return join(directory, 'programs', basename(bin));
}

/** Makes and starts a cluster. Call `remove()` when the test is over. Takes about two seconds. */
export async function startPostgresql(options: PostgresqlOptions = {}): Promise<Postgresql> {
  const installed = programsOrThrow(options.version);
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-postgresql-'));
  const user = serverUser();
  if (user !== null) execFileSync('chown', [`${user}:${groupOf(user)}`, directory]);
  const bin = reachable(installed, user, directory);
  const data = join(directory, 'data');
  let child: ChildProcess | null = null;
  let port = 0;

  const remove = async () => {
    await stop('immediate');
    rmSync(directory, { recursive: true, force: true });
  };
  const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
    ending.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    const waiting = new AbortController();
    const late = setTimeout(PATIENCE * 1000, 'late', { signal: waiting.signal }).catch(() => 'ended');
    if ((await Promise.race([ended, late])) === 'late') ending.kill('SIGKILL');
    await ended;
    waiting.abort();
  };
  const start = async () => {
    const settings = {
      ...SETTINGS,
      ...options.settings,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: directory,
      port: String(port),
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [file, ...args] = asServer(user, [join(bin, 'postgres'), '-D', data, ...flags], ['--pdeathsig', 'SIGQUIT']);
    const log = openSync(join(directory, 'log'), 'a');
    const started = spawn(file!, args, { cwd: directory, stdio: ['ignore', log, log] });
    closeSync(log);
    // Where only some tests of a file are asked for, hooks of the whole file run when nothing else keeps the process alive.
    started.unref();
    child = started;
    await answers(started);
  };
  const answers = async (started: ChildProcess) => {
    const from = performance.now();
    for (;;) {
      try {
        await query('SELECT 1');
        return;
      } catch (error) {
        const ended = started.exitCode !== null || started.signalCode !== null;
        if (ended || performance.now() - from > PATIENCE * 1000) {
          throw new Error(`PostgreSQL did not start:\n${readFileSync(join(directory, 'log'), 'utf8')}`, {
            cause: error,
          });
        }
        await setTimeout(50);
      }
    }
  };
  const connection = (database: string) => ({ host: '127.0.0.1', port, user: USER, password: PASSWORD, database });
  const query: Postgresql['query'] = async <Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
    database = 'postgres',
  ) => {
    const client = new pg.Client(connection(database));
    // A connection that a stopping server ends has nobody else to tell.
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const url = (database = 'postgres') =>
    `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

  let databases = 0;
  try {
    const passwordFile = join(directory, 'password');
    writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
    const init = ['initdb', '-D', data, '-U', USER, '--pwfile', passwordFile, '--auth=scram-sha-256'];
    const [file, ...args] = asServer(user, [
      join(bin, init[0]!),
      ...init.slice(1),
      '--no-locale',
      '--encoding=UTF8',
      '--no-sync',
    ]);
    execFileSync(file!, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
    rmSync(passwordFile);
    if (options.hba) {
      const hba = join(data, 'pg_hba.conf');
      writeFileSync(hba, `${options.hba.join('\n')}\n${readFileSync(hba, 'utf8')}`);
    }
    // Between finding a free port and taking it somebody else may have been quicker.
    for (let attempt = 1; ; attempt++) {
      port = await freePort();
      try {
        await start();
        break;
      } catch (error) {
        const taken = /could not bind|Address already in use/.test(readFileSync(join(directory, 'log'), 'utf8'));
        if (!taken || attempt === 5) throw error;
      }
    }
    const [row] = await query<{ server_version: string }>('SHOW server_version');
    return {
      port,
      directory,
      user: USER,
      password: PASSWORD,
      version: row!.server_version,
      url,
      async createDatabase(name = `test${++databases}`) {
        await query(`CREATE DATABASE "${name.replaceAll('"', '""')}"`);
        return url(name);
      },
      query,
      start,
      stop,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
