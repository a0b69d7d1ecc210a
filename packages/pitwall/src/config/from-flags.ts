// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import { basename } from 'node:path';
import { PitwallError } from '../errors.ts';
import { buildConfig, type LoadedConfig } from './build.ts';
import { formatPath, type Problem } from './problem.ts';
import type { IntegrationRegistry } from './targets.ts';

/** What can be said without a configuration file, as given on the command line. */
export interface ConfigFlags {
  readonly url?: string | undefined;
  /** Database file. */
  readonly sqlite?: string | undefined;
  /** URL of a PostgreSQL database; treated as a secret. */
  readonly postgresql?: string | undefined;
  /** Files of SQL statements, for the databases. */
  readonly statements?: readonly string[];
  /** Paths to request; default: that of the URL. */
  readonly endpoints?: readonly string[];
  /** Folder that relative paths refer to and that gets the state folder. */
  readonly directory: string;
  /** The command whose flags they are, for hints. Default: check. */
  readonly command?: string;
}

/** The URL may hold a password: it comes in like a secret of a file, so that it is never shown. */
const POSTGRESQL_URL = 'URL_OF_POSTGRESQL';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * A configuration from flags, checked like a file. The host is looked at too when what is measured is on it, and so is the
 * process behind a loopback URL. Throws USAGE, naming the flag; further problems are in `also`.
 */
export async function configFromFlags(flags: ConfigFlags, registry: IntegrationRegistry): Promise<LoadedConfig> {
  const { url, sqlite, postgresql, statements } = flags;
  const refuse = (what: string, also: readonly string[] = []) =>
    new PitwallError('USAGE', { what, command: flags.command ?? 'check' }, { also });
  if (statements?.length && sqlite === undefined && postgresql === undefined) {
    throw refuse(
      '--statements needs --postgresql or --sqlite; in a configuration it is `statementFiles` of the database.',
    );
  }
  if (url === undefined && sqlite === undefined && postgresql === undefined) {
    throw refuse('There is nothing to look at: give --url, --sqlite or --config.');
  }
  const targets = escaped(targetsOf(flags, registry.ids)) as Record<string, object>;
  if (postgresql !== undefined) {
    const files = flags.statements?.length ? { statementFiles: escaped(flags.statements) } : {};
    targets.postgresql = { integration: 'postgresql', url: `\${env:${POSTGRESQL_URL}}`, ...files };
  }
  const tree = { version: 1, service: { name: escaped(nameOf(flags)) }, targets };
  const environment = postgresql === undefined ? {} : { [POSTGRESQL_URL]: postgresql };
  const built = await buildConfig(tree, null, flags.directory, { registry, environment });
  if (!('problems' in built)) return built;
  const [first, ...rest] = built.problems.map((each) => `${flagOf(each)}: ${problemOf(each)}.`);
  throw refuse(first!, rest);
}

function targetsOf(
  { url, sqlite, endpoints, statements }: ConfigFlags,
  known: readonly string[],
): Readonly<Record<string, object>> {
  const targets: Record<string, object> = {};
  if (url !== undefined) targets.web = { integration: 'http', url, ...(endpoints?.length && { endpoints }) };
  const local = url !== undefined && URL.canParse(url) && LOOPBACK.test(new URL(url).hostname) ? new URL(url) : null;
  if ((local || sqlite !== undefined) && known.includes('host')) targets.host = {};
  if (local && known.includes('process')) {
    targets.process = { port: Number(local.port) || (local.protocol === 'https:' ? 443 : 80) };
  }
  if (sqlite !== undefined) {
    targets.db = { integration: 'sqlite', path: sqlite, ...(statements?.length && { statementFiles: statements }) };
  }
  return targets;
}

function nameOf({ url, sqlite, postgresql }: ConfigFlags): string {
  if (url !== undefined) return hostOf(url);
  if (sqlite !== undefined) return basename(sqlite) || 'service';
  const path = postgresql !== undefined && URL.canParse(postgresql) ? new URL(postgresql).pathname.slice(1) : '';
  return path || 'service';
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host || 'service' : 'service';
}

/** References are for files; a shell has its own way to fill in a value. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]));
}

/** Of the secret URL there is only our own reference to show. */
function problemOf({ path, problem }: Problem): string {
  return path[1] === 'postgresql' ? problem.replace(/, found "\$\{.*$/, '') : problem;
}

function flagOf({ path }: Problem): string {
  const [, name, option] = path;
  if (name === 'web') return option === 'endpoints' ? '--endpoint' : '--url';
  if (name === 'db') return option === 'statementFiles' ? '--statements' : '--sqlite';
  if (name === 'postgresql') return option === 'statementFiles' ? '--statements' : '--postgresql';
  return formatPath(path);
}
