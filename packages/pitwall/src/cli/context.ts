import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { configFromFlags } from '../config/from-flags.ts';
import { loadConfig } from '../config/load.ts';
import type { Redactor } from '../config/redact.ts';
import { realEnvironment } from '../engine/platform.ts';
import { openSession, type Session } from '../engine/session.ts';
import { openStateStore } from '../engine/state.ts';
import { PitwallError, reasonOf } from '../errors.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import type { Config } from '../model/config.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import type { Invocation, OptionSpec } from './command.ts';
import { createProgress, type Progress } from './progress.ts';

/** Flags with which a command works without a configuration file. */
export const TARGET_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  url: { value: 'URL', help: 'measure this service without a configuration file' },
  sqlite: { value: 'FILE', help: 'with --url or alone: also this SQLite database' },
  endpoint: { value: 'PATH', multiple: true, help: 'with --url: request this path (default /)' },
};

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
    write: (chunk) => process.stderr.write(chunk),
  });
}

/** The configuration that the flags name: a file, or one made up from --url and --sqlite. */
export async function configOf(invocation: Invocation): Promise<{ config: Config; redactor: Redactor }> {
  const registry = { ids: integrationIds(), load: loadIntegration };
  const url = text(invocation, 'url');
  const sqlite = text(invocation, 'sqlite');
  if (url !== undefined || sqlite !== undefined) {
    if (text(invocation, 'config') !== undefined) {
      throw new PitwallError('USAGE', { what: '--config and --url/--sqlite exclude each other.', command: invocation.command });
    }
    const endpoints = texts(invocation, 'endpoint');
    return configFromFlags({ url, sqlite, endpoints, directory: process.cwd() }, registry);
  }
  const file = resolve(text(invocation, 'config') ?? 'pitwall.yaml');
  return loadConfig(file, { environment: process.env, registry });
}

export interface Workspace {
  readonly config: Config;
  readonly redactor: Redactor;
  readonly session: Session;
  readonly store: Store;
  readonly progress: Progress;
}

/** Opens configuration, store and targets for the length of `work`, and closes them whatever happens. */
export async function withWorkspace<T>(invocation: Invocation, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const { config, redactor } = await configOf(invocation);
  const store = await openStateStore(config);
  const progress = progressOf(invocation);
  try {
    const session = await openSession(config, realEnvironment, invocation.signal);
    try {
      return await work({ config, redactor, session, store, progress });
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
  const { config } = await configOf(invocation);
  const store = await openStateStore(config);
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
export async function emitReport(report: Report, invocation: Invocation, redactor?: Redactor): Promise<void> {
  const redact = (output: string) => (redactor ? redactor.redact(output) : output);
  for (const file of texts(invocation, 'out')) await writeReportFile(report, file, redact);
  if (flag(invocation, 'json')) {
    const { toJson } = await import('../report/json.ts');
    process.stdout.write(redact(toJson(report)));
    return;
  }
  const { renderTerminal } = await import('../report/terminal.ts');
  process.stdout.write(
    redact(
      renderTerminal(report, {
        color: wantsColor(invocation),
        width: terminalWidth(),
        details: flag(invocation, 'details'),
      }),
    ),
  );
}

/** Format by the file's ending. Throws USAGE for another ending, FILE_UNWRITABLE when it cannot be written. */
export async function writeReportFile(
  report: Report,
  file: string,
  redact = (output: string) => output,
): Promise<void> {
  const renderers: Readonly<Record<string, () => Promise<string>>> = {
    '.json': async () => (await import('../report/json.ts')).toJson(report),
    '.md': async () => (await import('../report/markdown.ts')).renderMarkdown(report),
    '.html': async () => (await import('../report/html.ts')).renderHtml(report),
  };
  const render = renderers[extname(file).toLowerCase()];
  if (!render)
    throw new PitwallError('USAGE', {
      what: `--out ${file}: the ending has to be .json, .md or .html.`,
      command: 'check',
    });
  writeTextFile(file, redact(await render()));
}

/** Writes a file, making its folder. Throws FILE_UNWRITABLE. */
export function writeTextFile(file: string, content: string): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, content);
  } catch (error) {
    throw new PitwallError('FILE_UNWRITABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
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
