import { EXIT, PitwallError } from '../errors.ts';
import { readReport } from '../report/json.ts';
import type { Run } from './command.ts';
import { emitReport, withStore } from './context.ts';
import { withStoreHere } from './unconfigured.ts';

export const run: Run = (invocation) =>
  withStore(withStoreHere(invocation), async (store) => {
    const reference = invocation.positionals[0] ?? 'latest';
    const stored = await store.loadReport(reference);
    if (!stored) throw new PitwallError('RUN_UNKNOWN', { reference });
    // An earlier version may have stored it.
    await emitReport(readReport(stored), invocation);
    return EXIT.ok;
  });
