import { EXIT, PitwallError } from '../errors.ts';
import type { Command } from './command.ts';
import { emitReport, TARGET_OPTIONS, withStore } from './context.ts';

export const command: Command = {
  name: 'report',
  summary: 'show a saved run again, in any format',
  positionals: '[RUN]',
  minPositionals: 0,
  maxPositionals: 1,
  description: 'Shows a saved run: its id (or the beginning of it), the name of a baseline, or the latest.',
  examples: [
    ['pitwall report', 'the latest run'],
    ['pitwall report 20261120-2315 --out run.html', 'another one, as a page'],
  ],
  options: { ...TARGET_OPTIONS, details: { help: 'also list every rule that found nothing, and why' } },
  run: (invocation) =>
    withStore(invocation, async (store) => {
      const reference = invocation.positionals[0] ?? 'latest';
      const report = await store.loadReport(reference);
      if (!report) throw new PitwallError('RUN_UNKNOWN', { reference });
      await emitReport(report, invocation);
      return EXIT.ok;
    }),
};
