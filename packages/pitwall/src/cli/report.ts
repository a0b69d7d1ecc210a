import { EXIT, PitwallError } from '../errors.ts';
import type { Run } from './command.ts';
import { emitReport, withStore } from './context.ts';

export const run: Run = (invocation) =>
  withStore(invocation, async (store) => {
    const reference = invocation.positionals[0] ?? 'latest';
    const report = await store.loadReport(reference);
    if (!report) throw new PitwallError('RUN_UNKNOWN', { reference });
    await emitReport(report, invocation);
    return EXIT.ok;
  });
