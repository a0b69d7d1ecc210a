import { resolve } from 'node:path';
import { PitwallError } from '../errors.ts';
import type { ConfiguredTarget } from '../model/config.ts';
import type { LoadedConfig } from './build.ts';
import type { IntegrationRegistry } from './targets.ts';

/** Files of SQL that were named beside a configuration, on the command line. */
interface StatementFiles {
  readonly files: readonly string[];
  /** Folder that they are relative to; those of the configuration are relative to its own. */
  readonly from: string;
  /** The database that is meant; undefined: the only one. */
  readonly target: string | undefined;
  /** The command whose flags they are, for hints. */
  readonly command: string;
}

/**
 * The configuration with these files added to the `statementFiles` of its database. Without a target it has to have one database
 * only: statements of one SQL dialect mean nothing to another.
 * @throws PitwallError NO_DATABASE, DATABASE_UNKNOWN, USAGE where several databases might be meant
 */
export async function withStatementFiles(
  loaded: LoadedConfig,
  { files, from, target: wanted, command }: StatementFiles,
  registry: IntegrationRegistry,
): Promise<LoadedConfig> {
  const { config } = loaded;
  const databases: string[] = [];
  for (const { id, integration } of config.targets) {
    if ((await registry.load(integration)).database !== undefined) databases.push(id);
  }
  if (databases.length === 0) throw new PitwallError('NO_DATABASE');
  const known = databases.join(', ');
  if (wanted !== undefined && !databases.includes(wanted))
    throw new PitwallError('DATABASE_UNKNOWN', { wanted, known });
  if (wanted === undefined && databases.length > 1) {
    const what = `--statements: several targets are databases (${known}); say with --target whose statements they are.`;
    throw new PitwallError('USAGE', { what, command });
  }
  const id = wanted ?? databases[0]!;
  const added = files.map((file) => resolve(from, file));
  const targets = config.targets.map((target) =>
    target.id === id ? withFiles(target, added, config.directory) : target,
  );
  return { ...loaded, config: { ...config, targets } };
}

/** What is journalled of the target stays as the file has it: these are of this run alone. */
function withFiles(target: ConfiguredTarget, added: readonly string[], directory: string): ConfiguredTarget {
  const options = target.options as { readonly statementFiles?: readonly string[] };
  const own = (options.statementFiles ?? []).map((path) => resolve(directory, path));
  return { ...target, options: { ...options, statementFiles: [...new Set([...own, ...added])] } };
}
