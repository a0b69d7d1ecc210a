import { stoppedServiceNotice } from '../engine/state.ts';
import { EXIT, printable } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, print, terminalWidth, withStore } from './context.ts';

export const run: Run = (invocation) =>
  withStore(invocation, async (store, config) => {
    const notice = stoppedServiceNotice(config);
    if (notice !== null) process.stderr.write(`pitwall: ${notice}\n`);
    const changes = await store.journal.list();
    const runs = await store.listRuns({ limit: 20 });
    if (flag(invocation, 'json')) {
      print(`${JSON.stringify({ changes, runs }, null, 2)}\n`);
      return EXIT.ok;
    }
    const { wrap } = await import('../report/text.ts');
    const indented = (text: string) => wrap(printable(text), terminalWidth() - 4).map((line) => `    ${line}`);
    const lines = ['Changes'];
    if (changes.length === 0) lines.push('  none yet');
    for (const { id, state, change, updatedAt, because } of changes) {
      lines.push(`  ${id.padEnd(14)} ${state.padEnd(12)} ${updatedAt.slice(0, 19).replace('T', ' ')}`);
      lines.push(...indented(change.preview.apply), ...(because ? indented(because) : []));
    }
    lines.push('', 'Runs');
    if (runs.length === 0) lines.push('  none yet');
    for (const { id, command: what, service, startedAt, baseline } of runs) {
      const name = baseline ? `  baseline ${printable(baseline)}` : '';
      lines.push(
        `  ${id}  ${what.padEnd(8)} ${startedAt.slice(0, 19).replace('T', ' ')}  ${printable(service)}${name}`,
      );
    }
    print(`${lines.join('\n')}\n`);
    return EXIT.ok;
  });
