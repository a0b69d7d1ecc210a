import { basename, resolve } from 'node:path';
import type { Config, LoadConfig, ServiceControl } from '../model/config.ts';
import type { LoadEndpoint } from '../model/load.ts';
import { checkObjectives } from './objectives.ts';
import { describeFound, type Problem } from './problem.ts';
import { Redactor } from './redact.ts';
import type { BuiltScenario } from './scenario/build.ts';
import { buildScenario } from './scenario/build.ts';
import { nestedScenario, withoutEchoes } from './scenario/load.ts';
import { type LoadSection, loadMistakes, shapeOf, stagesDuration } from './schema/load.ts';
import { SECTIONS, type SectionName, type Sections } from './schema.ts';
import { resolveSecrets } from './secrets.ts';
import { type CheckedTarget, checkTarget, type IntegrationRegistry } from './targets.ts';
import { checkThresholds } from './thresholds.ts';
import { unknownName, validate } from './validate.ts';

export interface ConfigContext {
  /** Environment variables, for `${env:NAME}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly registry: IntegrationRegistry;
  /** A command that would do without a file, for the hint when there is none. Default: check. */
  readonly command?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Knows every secret that was read; whatever is written goes through it. */
  readonly redactor: Redactor;
}

/**
 * Turns parsed data into a Config, or gives all problems there are. Text of problems comes from integrations too, so it is
 * redacted here, whatever they put into it.
 */
export async function buildConfig(
  tree: unknown,
  file: string | null,
  directory: string,
  context: ConfigContext,
): Promise<LoadedConfig | { readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const redactor = new Redactor();
  const config = await build(tree, file, directory, { ...context, redactor }, problems);
  if (config && problems.length === 0) return { config, redactor };
  return { problems: withoutEchoes(problems).map((each) => ({ ...each, problem: redactor.redact(each.problem) })) };
}

async function build(
  tree: unknown,
  file: string | null,
  directory: string,
  context: ConfigContext & { readonly redactor: Redactor },
  problems: Problem[],
): Promise<Config | null> {
  if (!isRecord(tree)) {
    const found = tree === null ? 'it is empty' : `found ${describeFound(tree)}`;
    problems.push({ path: [], at: 'value', problem: `expected version: 1, targets: …; ${found}` });
    return null;
  }
  const resolved = resolveSecrets(tree, [], { ...context, directory }, problems) as Readonly<Record<string, unknown>>;
  const sections = checkSections(tree, resolved, problems);

  const targets: CheckedTarget[] = [];
  let complete = true;
  const entries = isRecord(tree.targets) ? Object.entries(tree.targets) : [];
  for (const [id, raw] of entries) {
    const entry = (resolved.targets as Readonly<Record<string, unknown>>)[id];
    const checked = await checkTarget(id, entry, raw, context.registry, problems);
    if (checked) targets.push(checked);
    else complete = false;
  }
  const objectives = checkObjectives(sections.objectives ?? [], targets, complete, problems);
  const inUse = [...new Set(targets.map(({ integration }) => integration))];
  const thresholds = await checkThresholds(sections.rules ?? {}, context.registry, inUse, problems);
  const { service, load, trial, state } = sections;
  if (load?.target !== undefined && !entries.some(([id]) => id === load.target)) {
    const problem = unknownName('target', load.target, Object.keys(isRecord(tree.targets) ? tree.targets : {}));
    problems.push({ path: ['load', 'target'], at: 'value', problem });
  }
  // Also when something else under `load:` is wrong.
  const scenario = await scenarioOf(resolved, tree, directory, context, problems);
  const endpoints = load && checkEndpoints(load.endpoints, problems);
  for (const { key, problem } of load ? loadMistakes(load) : []) {
    problems.push({ path: ['load', key], at: 'value', problem });
  }
  if (!service || !load || !endpoints || !trial || state === undefined) return null;

  return {
    file,
    directory,
    service: { name: service.name ?? (basename(directory) || 'service'), control: controlOf(service) },
    targets: targets.map(({ configured }) => configured),
    objectives,
    load: loadOf(load, {
      endpoints,
      built: scenario,
      directory,
      given: Object.keys((tree.load as object | null) ?? {}),
    }),
    trial,
    thresholds,
    stateDirectory: resolve(directory, state),
  };
}

function checkSections(
  tree: Readonly<Record<string, unknown>>,
  resolved: Readonly<Record<string, unknown>>,
  problems: Problem[],
): Sections {
  const names = Object.keys(SECTIONS) as SectionName[];
  for (const key of Object.keys(tree)) {
    if (!Object.hasOwn(SECTIONS, key))
      problems.push({ path: [key], at: 'key', problem: unknownName('key', key, names) });
  }
  const checked = names.map((name) => {
    // `load:` with nothing behind it means the same as no `load:` at all.
    const empty = tree[name] === null && name !== 'targets' && name !== 'version';
    return [name, validate<unknown>(SECTIONS[name], empty ? undefined : resolved[name], tree[name], [name], problems)];
  });
  return Object.fromEntries(checked.filter(([, value]) => value !== undefined)) as Sections;
}

function controlOf({ stop, start, timeout }: NonNullable<Sections['service']>): ServiceControl | null {
  return stop && start ? { stop, start, timeout } : null;
}

/** `load.scenario`: written there, or in a file of its own. */
async function scenarioOf(
  resolved: Readonly<Record<string, unknown>>,
  tree: Readonly<Record<string, unknown>>,
  directory: string,
  context: ConfigContext & { readonly redactor: Redactor },
  problems: Problem[],
): Promise<BuiltScenario | null> {
  const written = isRecord(resolved.load) ? resolved.load.scenario : undefined;
  const path = ['load', 'scenario'];
  if (written === undefined) return null;
  if (typeof written === 'string') return nestedScenario({ written, directory, path }, context, problems);
  if (isRecord(written)) {
    const raw = (tree.load as { scenario: unknown }).scenario;
    return buildScenario({ resolved: written, raw, path, directory, name: 'scenario' }, problems);
  }
  const problem = `expected a scenario, or the path of one, found ${describeFound(written)}`;
  problems.push({ path, at: 'value', problem });
  return null;
}

interface AroundLoad {
  readonly endpoints: readonly LoadEndpoint[];
  readonly built: BuiltScenario | null;
  readonly directory: string;
  readonly given: readonly string[];
}

function loadOf(load: LoadSection, { endpoints, built, directory, given }: AroundLoad): LoadConfig {
  const { target, rate, stages, connections, preset, abort, ...rest } = load;
  const file = (path: string | undefined) => (path === undefined ? null : resolve(directory, path));
  return {
    ...defined(rest),
    target: target ?? null,
    shape: shapeOf(load),
    rate: rate ?? null,
    ...(stages && { stages: stages.map(defined) }),
    // A load with stages is as long as they are.
    duration: stages && !given.includes('duration') ? stagesDuration(stages) : load.duration,
    trace: file(load.trace),
    connections: connections ?? null,
    socket: file(load.socket),
    accessLog: file(load.accessLog),
    accessLogFormat: load.accessLogFormat ?? null,
    endpoints,
    scenario: built?.scenario ?? null,
    abort: abort ?? built?.abort ?? null,
    preset: preset ?? null,
    given,
  };
}

/** Without the keys that have no value. */
function defined<T extends object>(data: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function checkEndpoints(
  written: NonNullable<Sections['load']>['endpoints'],
  problems: Problem[],
): readonly LoadEndpoint[] {
  const seen = new Set<string>();
  return written.map((entry, index) => {
    const given = typeof entry === 'string' ? { path: entry } : entry;
    const method = given.method ?? 'GET';
    const name = given.name ?? `${method} ${given.path}`;
    if (seen.has(name)) {
      const problem = `a second endpoint is called ${describeFound(name)}: give them different names`;
      problems.push({ path: ['load', 'endpoints', index], at: 'value', problem });
    }
    seen.add(name);
    return {
      name,
      method,
      path: given.path,
      headers: given.headers ?? {},
      ...(given.body !== undefined && { body: given.body }),
      weight: given.weight ?? 1,
    };
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
