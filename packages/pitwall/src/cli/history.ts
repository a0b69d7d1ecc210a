import { historyReport } from '../engine/compare-runs.ts';
import { DEFAULT_LAST, indicatorHistory } from '../engine/history.ts';
import { stoppedServiceNotice } from '../engine/state.ts';
import { EXIT, type ExitCode, PitwallError, printable } from '../errors.ts';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';
import { titleLines } from '../report/content/titles.ts';
import { historySection } from '../report/terminal/history.ts';
import type { Invocation, Run } from './command.ts';
import { flag, numberFlag, print, terminalWidth, text, texts, wholeNumber, withStore } from './context.ts';
import { emitSection, refuseExports } from './emit.ts';
import { withStoreHere } from './unconfigured.ts';

const OF_INDICATOR = ['label', 'target', 'last', 'out'] as const;

export const run: Run = (invocation) => {
  const indicator = text(invocation, 'indicator');
  if (indicator !== undefined) return ofIndicator(invocation, indicator);
  const [odd] = OF_INDICATOR.filter((name) => invocation.values[name] !== undefined);
  if (odd) {
    throw new PitwallError('USAGE', { what: `--${odd} needs --indicator NAME.`, command: 'history' });
  }
  return withStore(withStoreHere(invocation), (store, config) => changesAndRuns(invocation, store, config));
};

async function ofIndicator(invocation: Invocation, indicator: string): Promise<ExitCode> {
  refuseExports(invocation);
  const labels = Object.fromEntries(
    texts(invocation, 'label').map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new PitwallError('USAGE', { what: `--label ${pair}: expected KEY=VALUE.`, command: 'history' });
    }),
  );
  const last = numberFlag(invocation, 'last', wholeNumber, 'a whole number of runs') ?? DEFAULT_LAST;
  return withStore(withStoreHere(invocation), async (store, config) => {
    const history = await indicatorHistory(store, { indicator, labels, target: text(invocation, 'target'), last });
    await emitSection(historyReport(history, config.service.name), invocation, historySection);
    return EXIT.ok;
  });
}

async function changesAndRuns(invocation: Invocation, store: Store, config: Config): Promise<ExitCode> {
  const notice = stoppedServiceNotice(config);
  if (notice !== null) process.stderr.write(`pitwall: ${notice}\n`);
  const changes = await store.journal.list();
  const runs = await store.listRuns({ limit: 20 });
  if (flag(invocation, 'json')) {
    print(`${JSON.stringify({ changes, runs }, null, 2)}\n`);
    return EXIT.ok;
  }
  const { wrap } = await import('../report/text.ts');
  const width = terminalWidth();
  const indented = (said: string) => wrap(printable(said), width - 4).map((line) => `    ${line}`);
  const lines = ['Changes'];
  if (changes.length === 0) lines.push('  none yet');
  for (const { id, state, change, updatedAt, because } of changes) {
    lines.push(`  ${id.padEnd(14)} ${state.padEnd(12)} ${updatedAt.slice(0, 19).replace('T', ' ')}`);
    lines.push(...indented(change.preview.apply), ...(because ? indented(because) : []));
    lines.push(...titleLines(change, width - 6).map((line) => `      ${line}`));
  }
  lines.push('', 'Runs');
  if (runs.length === 0) lines.push('  none yet');
  for (const { id, command: what, service, startedAt, baseline } of runs) {
    const name = baseline ? `  baseline ${printable(baseline)}` : '';
    lines.push(`  ${id}  ${what.padEnd(9)} ${startedAt.slice(0, 19).replace('T', ' ')}  ${printable(service)}${name}`);
  }
  print(`${lines.join('\n')}\n`);
  return EXIT.ok;
}
