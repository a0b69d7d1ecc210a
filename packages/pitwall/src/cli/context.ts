import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import type { LoadedConfig } from '../config/build.ts';
import { configFromFlags } from '../config/from-flags.ts';
import { loadConfig } from '../config/load.ts';
import { withStatementFiles } from '../config/statement-files.ts';
import { realEnvironment } from '../engine/platform.ts';
import { openSession, type Session } from '../engine/session.ts';
import { openStateStore } from '../engine/state.ts';
import { PitwallError, reasonOf } from '../errors.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import type { Config } from '../model/config.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import type { Invocation } from './command.ts';
import { createProgress, type Progress } from './progress.ts';
import { dataWithoutSecrets, hideSecrets, storeWithoutSecrets, withoutSecrets } from './secrets.ts';

export function text(invocation: Invocation, name: string): string | undefined {
  const value = invocation.values[name];
  return typeof value === 'string' ? value : undefined;
}

export function texts(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.values[name];
  return Array.isArray(value) ? value : [];
}

export function flag(invocation: Invocation, name: string): boolean {
  return invocation.values[name] === true;
}

export function progressOf(invocation: Invocation): Progress {
  return createProgress({
    quiet: flag(invocation, 'quiet'),
    terminal: process.stderr.isTTY === true,
    clean: withoutSecrets,
    write: (chunk) => process.stderr.write(chunk),
  });
}

/** The configuration that the flags name: a file (with the files of --statements), or one made up from --url, --sqlite, --postgresql. */
export async function configOf(invocation: Invocation): Promise<LoadedConfig> {
  const loaded = await readConfig(invocation);
  hideSecrets(loaded.redactor);
  return loaded;
}

async function readConfig(invocation: Invocation): Promise<LoadedConfig> {
  const registry = { ids: integrationIds(), load: loadIntegration };
  const url = text(invocation, 'url');
  const sqlite = text(invocation, 'sqlite');
  const postgresql = text(invocation, 'postgresql');
  const statements = texts(invocation, 'statements');
  if (url !== undefined || sqlite !== undefined || postgresql !== undefined) {
    if (text(invocation, 'config') !== undefined) {
      throw new PitwallError('USAGE', {
        what: '--config and --url/--sqlite/--postgresql exclude each other.',
        command: invocation.command,
      });
    }
    const given = { url, sqlite, postgresql, endpoints: texts(invocation, 'endpoint') };
    const { command } = invocation;
    return configFromFlags({ ...given, statements, directory: process.cwd(), command }, registry);
  }
  const file = resolve(text(invocation, 'config') ?? 'pitwall.yaml');
  // Of the others only some measure, and with --url none of them does what it is for.
  const command = ['load', 'db'].includes(invocation.command) ? invocation.command : 'check';
  const loaded = await loadConfig(file, { environment: process.env, registry, command });
  if (statements.length === 0) return loaded;
  const more = { files: statements, from: process.cwd(), target: text(invocation, 'target'), command };
  return withStatementFiles(loaded, more, registry);
}

export interface Workspace {
  readonly config: Config;
  readonly session: Session;
  readonly store: Store;
  readonly progress: Progress;
}

/** Opens configuration, store and targets for the length of `work`, and closes them whatever happens. */
export async function withWorkspace<T>(invocation: Invocation, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  refuseOtherEndings(invocation);
  const loaded = await configOf(invocation);
  const { config } = loaded;
  const store = storeWithoutSecrets(await openStateStore(config));
  const progress = progressOf(invocation);
  try {
    const session = await openSession(loaded, realEnvironment, invocation.signal);
    try {
      return await work({ config, session, store, progress });
    } finally {
      await session.close();
    }
  } finally {
    progress.done();
    await store.close();
  }
}

/** Opens only the store of the configuration, for commands that look at the past. */
export async function withStore<T>(
  invocation: Invocation,
  work: (store: Store, config: Config) => Promise<T>,
): Promise<T> {
  refuseOtherEndings(invocation);
  const { config } = await configOf(invocation);
  const store = storeWithoutSecrets(await openStateStore(config));
  try {
    return await work(store, config);
  } finally {
    await store.close();
  }
}

/** Colours only for a terminal that wants them (https://no-color.org). */
export function wantsColor(invocation: Invocation): boolean {
  return process.stdout.isTTY === true && !flag(invocation, 'no-color') && !process.env.NO_COLOR;
}

export function terminalWidth(): number {
  return Math.max(60, Math.min(process.stdout.columns ?? 80, 120));
}

/** Prints the report on stdout (as text, or JSON with --json) and writes every --out file. */
export async function emitReport(full: Report, invocation: Invocation): Promise<void> {
  // As data, before any of it is cut to a width: half a secret would not be recognised any more.
  const report = dataWithoutSecrets(full);
  await allOf(
    async () => {
      // The stream has stdout for itself.
      if (text(invocation, 'stream') === '-') return;
      if (flag(invocation, 'json')) {
        const { toJson } = await import('../report/json.ts');
        print(toJson(report));
        return;
      }
      const { renderTerminal } = await import('../report/terminal.ts');
      const details = flag(invocation, 'details');
      print(renderTerminal(report, { color: wantsColor(invocation), width: terminalWidth(), details }));
    },
    ...texts(invocation, 'out').map((file) => () => writeReportFile(report, file)),
  );
}

/** Writes to stdout, without secrets. */
export function print(output: string): void {
  printExactly(withoutSecrets(output));
}

/** Writes to stdout what has no secrets in it any more and must not be touched: it may be carried out. */
export function printExactly(output: string): void {
  process.stdout.write(output);
}

/**
 * Runs all of them in order, also when one fails, and then throws what the first failure was: a report that cannot be
 * stored is shown all the same, one that cannot be written to one file is written to the others.
 */
export async function allOf(...steps: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

const RENDERERS: Readonly<Record<string, (report: Report) => Promise<string>>> = {
  '.json': async (report) => (await import('../report/json.ts')).toJson(report),
  '.md': async (report) => (await import('../report/markdown.ts')).renderMarkdown(report),
  '.html': async (report) => (await import('../report/html.ts')).renderHtml(report),
  '.csv': async (report) => (await import('../report/exports/csv.ts')).renderCsv(report),
  '.xml': async (report) => (await import('../report/exports/junit.ts')).renderJunit(report),
  '.prom': async (report) => (await import('../report/exports/metrics.ts')).renderMetrics(report, 'prometheus'),
  '.om': async (report) => (await import('../report/exports/metrics.ts')).renderMetrics(report, 'openmetrics'),
  '.hlog': async (report) => (await import('../report/exports/hdr-log.ts')).renderHdrLog(report),
};

/** `.json, .md or .html`. */
function endings(): string {
  const all = Object.keys(RENDERERS);
  return `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

/** Before anything is measured. Throws USAGE. */
function refuseOtherEndings(invocation: Invocation): void {
  // A plan is JSON whatever its file is called.
  if (invocation.command === 'plan') return;
  for (const file of texts(invocation, 'out')) rendererOf(file, invocation.command);
}

function rendererOf(file: string, command: string): (report: Report) => Promise<string> {
  const render = RENDERERS[extname(file).toLowerCase()];
  if (render) return render;
  throw new PitwallError('USAGE', { what: `--out ${file}: the ending has to be ${endings()}.`, command });
}

/** Format by the file's ending. Throws USAGE for another ending, FILE_UNWRITABLE when it cannot be written. */
export async function writeReportFile(report: Report, file: string): Promise<void> {
  const render = rendererOf(file, report.run.command);
  // Base64 of numbers, where a short secret would be found that is none: it is cleaned before.
  if (extname(file).toLowerCase() === '.hlog') writeExactly(file, await render(dataWithoutSecrets(report)));
  else writeTextFile(file, await render(report));
}

/** Writes a file without secrets, making its folder. Throws FILE_UNWRITABLE. */
export function writeTextFile(file: string, content: string): void {
  writeExactly(file, withoutSecrets(content));
}

/** As `printExactly`, to a file. Throws FILE_UNWRITABLE. */
export function writeExactly(file: string, content: string): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, content);
  } catch (error) {
    throw new PitwallError('FILE_UNWRITABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}

export function wholeNumber(value: string): number | null {
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** Parses a number flag. Throws USAGE. */
export function numberFlag(
  invocation: Invocation,
  name: string,
  parse: (value: string) => number | null,
  expected: string,
): number | undefined {
  const value = text(invocation, name);
  if (value === undefined) return undefined;
  const number = parse(value);
  if (number === null || !Number.isFinite(number) || number <= 0) {
    throw new PitwallError('USAGE', { what: `--${name} ${value}: expected ${expected}.`, command: invocation.command });
  }
  return number;
}
