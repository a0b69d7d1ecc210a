import { basename, dirname, extname, resolve } from 'node:path';
import { PitwallError } from '../../errors.ts';
import { readDocument } from '../document.ts';
import { configurationError, type DocumentPlace, formatPath, type Problem } from '../problem.ts';
import { readText, UnreadableFile } from '../read-text.ts';
import type { Redactor } from '../redact.ts';
import { resolveSecrets } from '../secrets.ts';
import { type BuiltScenario, buildScenario } from './build.ts';

/** Bodies of recorded requests take more than a configuration does. */
const MOST_BYTES = 16 * 1024 ** 2;
const MOST_NODES = 400_000;

export interface ScenarioContext {
  /** Environment variables, for `${env:NAME}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Learns the secrets that are read. */
  readonly redactor: Redactor;
}

/**
 * Reads a scenario file. `file` is relative to the working folder, files named in it to its own. Throws SCENARIO_NOT_FOUND,
 * CONFIG_UNREADABLE, CONFIG_SYNTAX, SCENARIO_INVALID or CONFIG_SECRET_MISSING; the last two name up to 20 problems.
 */
export async function scenarioFromFile(file: string, context: ScenarioContext): Promise<BuiltScenario> {
  let text: string;
  try {
    text = readText(file, MOST_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    if (error.missing) throw new PitwallError('SCENARIO_NOT_FOUND', { file });
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason: error.message });
  }
  return parseScenario(text, file, context);
}

/** The same for text that was already read; `file` says where it came from. */
export async function parseScenario(text: string, file: string, context: ScenarioContext): Promise<BuiltScenario> {
  const problems: Problem[] = [];
  const { built, document } = await readScenario(text, file, resolve(file), context, problems);
  if (built && problems.length === 0) return built;
  const news = withoutEchoes(problems).map((each) => ({ ...each, problem: context.redactor.redact(each.problem) }));
  throw configurationError(news, file, document.locate, true);
}

/**
 * A scenario file that another file names as `written`. Null after adding what is wrong to `problems`: at `path` when it cannot
 * be read, else with its own places. Throws CONFIG_SYNTAX.
 */
export async function nestedScenario(
  {
    written,
    directory,
    path,
  }: { readonly written: string; readonly directory: string; readonly path: Problem['path'] },
  context: ScenarioContext,
  problems: Problem[],
): Promise<BuiltScenario | null> {
  const file = resolve(directory, written);
  let text: string;
  try {
    text = readText(file, MOST_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    problems.push({ path, at: 'value', problem: `the scenario ${written} cannot be read: ${error.message}` });
    return null;
  }
  const own: Problem[] = [];
  const { built, document } = await readScenario(text, written, file, context, own);
  problems.push(...own.map((each) => ({ ...each, document })));
  return own.length === 0 ? built : null;
}

async function readScenario(
  text: string,
  shown: string,
  file: string,
  context: ScenarioContext,
  problems: Problem[],
): Promise<{ readonly built: BuiltScenario | null; readonly document: DocumentPlace }> {
  const { value: raw, locate } = readDocument(text, shown, MOST_NODES);
  const directory = dirname(file);
  const document = { file: shown, locate };
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    problems.push({ path: [], at: 'value', problem: 'expected flows: … or steps: …' });
    return { built: null, document };
  }
  const resolved = resolveSecrets(raw, [], { ...context, directory }, problems);
  const name = basename(file, extname(file)) || 'scenario';
  return { built: await buildScenario({ resolved, raw, path: [], directory, name }, problems), document };
}

/** What else is wrong with a text whose secret could not be read is no news. */
export function withoutEchoes(problems: readonly Problem[]): readonly Problem[] {
  const placeOf = ({ path, document }: Problem) => `${document?.file ?? ''}\n${formatPath(path)}`;
  const unread = new Set(problems.flatMap((each) => (each.reference === undefined ? [] : placeOf(each))));
  return problems.filter((each) => each.reference !== undefined || !unread.has(placeOf(each)));
}
