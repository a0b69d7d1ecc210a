import { EXIT, type ExitCode, PitwallError } from '../errors.ts';
import { closest } from '../model/closest.ts';
import type { Command, Run } from './command.ts';
import { withoutSecrets } from './secrets.ts';
import { flushOutput, guardStreams } from './streams.ts';

/**
 * The commands with one line each. A command's module is imported only when it is used: `--version` and `--help` must not
 * wait for a YAML parser or a database.
 */
const COMMANDS: Readonly<
  Record<
    string,
    readonly [summary: string, help: () => Promise<{ command: Command }>, work: () => Promise<{ run: Run }>]
  >
> = {
  init: [
    'detect the stack of a URL and write pitwall.yaml',
    () => import('./commands/init.ts'),
    () => import('./init.ts'),
  ],
  check: [
    'measure, judge and diagnose; changes nothing',
    () => import('./commands/check.ts'),
    () => import('./check.ts'),
  ],
  db: ['statements, plans and indexes of databases', () => import('./commands/db.ts'), () => import('./db.ts')],
  load: ['generate load and judge it', () => import('./commands/load.ts'), () => import('./load.ts')],
  agent: [
    'take part in loads that several machines share',
    () => import('./commands/agent.ts'),
    () => import('./agent.ts'),
  ],
  import: [
    'write a scenario from a HAR, OpenAPI, curl lines or access logs',
    () => import('./commands/import.ts'),
    () => import('./import.ts'),
  ],
  compare: [
    'two saved runs: better, worse, same or inconclusive',
    () => import('./commands/compare.ts'),
    () => import('./compare.ts'),
  ],
  plan: [
    'recommendations as reviewable, reversible changes',
    () => import('./commands/plan.ts'),
    () => import('./plan.ts'),
  ],
  apply: [
    'make the changes of a plan, prove each or take it back',
    () => import('./commands/apply.ts'),
    () => import('./apply.ts'),
  ],
  dismiss: [
    'leave a recommendation out until there is new evidence',
    () => import('./commands/dismiss.ts'),
    () => import('./dismiss.ts'),
  ],
  rollback: ['take kept changes back', () => import('./commands/rollback.ts'), () => import('./rollback.ts')],
  recover: [
    'take back what an interrupted apply left unfinished',
    () => import('./commands/recover.ts'),
    () => import('./recover.ts'),
  ],
  history: [
    'saved runs and every change ever made',
    () => import('./commands/history.ts'),
    () => import('./history.ts'),
  ],
  report: ['show a saved run again, in any format', () => import('./commands/report.ts'), () => import('./report.ts')],
  list: ['integrations, rules, indicators, tunables', () => import('./commands/list.ts'), () => import('./list.ts')],
  explain: [
    'why a rule exists, its sources and limits',
    () => import('./commands/explain.ts'),
    () => import('./explain.ts'),
  ],
  schema: [
    'JSON Schema of the configuration, scenarios or the report',
    () => import('./commands/schema.ts'),
    () => import('./schema.ts'),
  ],
  demo: ['the whole loop on an example service', () => import('./commands/demo.ts'), () => import('./demo.ts')],
};

/** What asks us to end: all of them end the run in order. A closed terminal sends SIGHUP. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Commands that may have a change to take back when they are interrupted; the others only look. */
const CHANGING: ReadonlySet<string> = new Set(['apply', 'rollback', 'recover', 'demo']);

/** Runs the command line. Sets the exit code and never throws: known errors are a sentence and a hint. */
export async function main(argv: readonly string[]): Promise<void> {
  const abort = new AbortController();
  const interrupt = () =>
    abort.abort(new PitwallError(CHANGING.has(argv[0] ?? '') ? 'INTERRUPTED' : 'INTERRUPTED_READING'));
  for (const signal of SIGNALS) process.on(signal, interrupt);
  guardStreams();
  try {
    process.exitCode = await dispatch(argv, abort.signal);
    await flushOutput();
  } catch (error) {
    // Node's own rejection of an aborted wait means the same as our reason; anything else is a failure of its own.
    const interrupted = abort.signal.aborted && (error as Error).name === 'AbortError';
    process.exitCode = await explainFailure(interrupted ? abort.signal.reason : error);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

async function dispatch(argv: readonly string[], signal: AbortSignal): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-v') {
    const { pitwallVersion } = await import('../engine/platform.ts');
    process.stdout.write(`pitwall ${pitwallVersion()}\n`);
    return EXIT.ok;
  }
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    process.stdout.write(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const wanted = name === 'help' ? rest[0]! : name;
  const entry = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
  if (!entry) {
    const meant = closest(wanted, Object.keys(COMMANDS));
    const what = wanted.startsWith('-')
      ? `Flags come after the command: pitwall COMMAND ${wanted}.`
      : `There is no command ${wanted}${meant ? `; did you mean ${meant}?` : '.'}`;
    throw new PitwallError('USAGE_COMMAND', { what });
  }
  const [{ command }, { parseInvocation, formOf, helpText }] = await Promise.all([entry[1](), import('./parse.ts')]);
  if (name === 'help') {
    process.stdout.write(helpText(formOf(command, rest.slice(1))));
    return EXIT.ok;
  }
  const invocation = parseInvocation(command, rest, signal);
  if (invocation.values.help) {
    process.stdout.write(helpText(formOf(command, invocation.positionals)));
    return EXIT.ok;
  }
  const { run } = await entry[2]();
  return run(invocation);
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, [summary]]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Pitwall turns a performance runbook into something you can run.

Usage: pitwall COMMAND [flags]

Commands:
${lines.join('\n')}

pitwall COMMAND --help shows flags and examples; pitwall --version the version.

Start here:
  pitwall demo                             see the whole loop in two minutes
  pitwall init http://127.0.0.1:8080       write pitwall.yaml for your service
  pitwall check                            measure, judge, diagnose
`;
}

async function explainFailure(error: unknown): Promise<ExitCode> {
  const { failureLines } = await import('./failure.ts');
  const { stderr } = process;
  const { lines, exitCode } = failureLines(error, stderr.isTTY ? stderr.columns : null, withoutSecrets);
  stderr.write(`${lines.join('\n')}\n`);
  return exitCode;
}
