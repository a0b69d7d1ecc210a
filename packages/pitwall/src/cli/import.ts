import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import {
  IMPORT_FORMATS,
  type ImportFormat,
  type ImportRequest,
  type ImportResult,
  importScenario,
  leftOutLine,
} from '../engine/import-scenario.ts';
import { EXIT, PitwallError, printable } from '../errors.ts';
import { closest } from '../model/closest.ts';
import type { Invocation, Run } from './command.ts';
import { flag, numberFlag, print, progressOf, text, texts, wholeNumber, writeTextFile } from './context.ts';
import { withoutSecrets } from './secrets.ts';

export const run: Run = async (invocation) => {
  const request = requestOf(invocation);
  const outputs = outputsOf(invocation);
  const progress = progressOf(invocation);
  progress.step(`reading ${request.files.map(printable).join(', ')}`);
  let result: ImportResult;
  let arrivals = 0;
  try {
    result = await importScenario(request);
    if (outputs.traces.length > 0 && result.writeTrace === null) {
      throw usage(`${result.format} has no arrival times: only access logs can be imported --as trace.`);
    }
    for (const file of outputs.traces) arrivals = (await result.writeTrace?.(file)) ?? 0;
  } finally {
    progress.done();
  }
  for (const file of outputs.scenarios) writeTextFile(file, result.yaml);
  const written = [...outputs.scenarios, ...outputs.traces];
  if (flag(invocation, 'json')) print(`${JSON.stringify(asJson(result, written, arrivals), null, 2)}\n`);
  else if (written.length === 0) print(result.yaml);
  if (!flag(invocation, 'quiet')) say(reportLines(result, outputs, arrivals));
  return EXIT.ok;
};

function usage(what: string): PitwallError {
  return new PitwallError('USAGE', { what, command: 'import' });
}

function requestOf(invocation: Invocation): ImportRequest {
  const [given, ...files] = invocation.positionals as [string, string, ...string[]];
  const format = given === 'auto' ? 'auto' : oneOf('FORMAT', given, IMPORT_FORMATS);
  const as = text(invocation, 'as');
  const kinds = KINDS[format];
  if (as !== undefined && kinds.length === 0) throw usage(`--as is not for ${format}: each operation is a flow.`);
  const kind = as === undefined ? null : oneOf('--as', as, kinds);
  const only = (name: string, formats: readonly string[]) => {
    if (invocation.values[name] !== undefined && !formats.includes(format) && format !== 'auto') {
      throw usage(`--${name} is for ${formats.join(' and ')}.`);
    }
  };
  only('host', ['har', 'curl', 'access-log']);
  only('format', ['access-log']);
  only('top', ['access-log']);
  only('with-writes', ['openapi']);
  only('static', ['har']);
  const name = text(invocation, 'name');
  return {
    format,
    files: files as [string, ...string[]],
    host: text(invocation, 'host') ?? null,
    as: kind === 'trace' ? 'mix' : kind,
    logFormat: text(invocation, 'format') ?? null,
    top: numberFlag(invocation, 'top', upTo200, 'a whole number from 1 to 200') ?? 50,
    withWrites: flag(invocation, 'with-writes'),
    static: oneOf('--static', text(invocation, 'static') ?? 'flow', ['flow', 'inline', 'none']),
    seed: 1,
    signal: invocation.signal,
    ...(name === undefined ? {} : { name }),
  };
}

/** A scenario has at most 200 flows. */
function upTo200(text: string): number | null {
  const number = wholeNumber(text);
  return number !== null && number <= 200 ? number : null;
}

type Kind = 'flow' | 'mix' | 'sessions' | 'trace';

const KINDS: Readonly<Record<ImportFormat | 'auto', readonly Kind[]>> = {
  har: ['flow', 'mix'],
  curl: ['flow', 'mix'],
  openapi: [],
  'access-log': ['mix', 'sessions', 'trace'],
  auto: ['flow', 'mix', 'sessions', 'trace'],
};

function oneOf<T extends string>(what: string, given: string, known: readonly T[]): T {
  const found = known.find((each) => each === given);
  if (found !== undefined) return found;
  const meant = closest(given, known);
  throw usage(`${what} ${given}: expected ${known.join(', ')}${meant ? `; did you mean ${meant}?` : '.'}`);
}

interface Outputs {
  readonly scenarios: readonly string[];
  readonly traces: readonly string[];
}

/** Where to write; looked at before anything is read, because a log may take minutes. */
function outputsOf(invocation: Invocation): Outputs {
  const files = texts(invocation, 'out');
  const asTrace = text(invocation, 'as') === 'trace';
  const isTrace = (file: string) => asTrace && /^\.(?:jsonl|ndjson)$/i.test(extname(file));
  const traces = files.filter(isTrace);
  const scenarios = files.filter((file) => !isTrace(file));
  if (asTrace && traces.length === 0) throw usage('--as trace writes a file: give -o FILE.jsonl.');
  for (const file of scenarios) {
    if (!/^\.ya?ml$/i.test(extname(file))) throw usage(`--out ${file}: a scenario ends in .yaml.`);
  }
  for (const file of files) {
    if (existsSync(file) && !flag(invocation, 'force')) throw usage(`${file} exists; --force replaces it.`);
  }
  return { scenarios, traces };
}

function asJson(result: ImportResult, written: readonly string[], arrivals: number): unknown {
  const { format, name, origin, flows, steps, secrets, correlations, log } = result;
  return {
    kind: 'pitwall-import',
    format,
    scenario: { name, origin, flows, steps },
    written,
    ...(written.length === 0 ? { yaml: result.yaml } : {}),
    ...(arrivals === 0 ? {} : { arrivals }),
    secrets,
    ...result.report(),
    correlations,
    log,
  };
}

function reportLines(result: ImportResult, { scenarios, traces }: Outputs, arrivals: number): readonly string[] {
  const { leftOut, remarks } = result.report();
  const { flows, steps, format, origin, secrets, correlations } = result;
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
  return [
    `${format}: ${count(steps, 'step')} in ${count(flows, 'flow')}${origin === null ? '' : ` from ${origin}`}`,
    ...section(
      'Taken from responses for later steps:',
      correlations.map(
        ({ variable, from, source, usedBy }) => `${variable}: ${source} of ${from}, for ${usedBy.join(', ')}`,
      ),
    ),
    ...section('Not carried over:', leftOut.map(leftOutLine)),
    ...section('Look at:', remarks),
    ...section(
      'Set these environment variables before it is run:',
      secrets.map(({ env, purpose }) => `${env}: ${purpose}`),
    ),
    ...scenarios.map((file) => `Wrote ${file}`),
    ...traces.map((file) => `Wrote ${file} (${count(arrivals, 'arrival')})`),
  ];
}

/** Texts of imported files are in it. */
function say(lines: readonly string[]): void {
  for (const line of lines) {
    const indent = line.startsWith('  ') ? '  ' : '';
    process.stderr.write(`${indent}${printable(withoutSecrets(line))}\n`);
  }
}
