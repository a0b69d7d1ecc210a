import { createContext, Script } from 'node:vm';

/** ms. What takes longer holds up the other users of the thread, and is given up. */
const LIMIT = 100;

const box = { work: null as (() => unknown) | null };
let prepared: { readonly script: Script; readonly context: object } | null = null;

/**
 * Runs what might take for ever, and gives it up after `limit` ms: then the result is undefined. V8 looks for the end of the
 * time inside regular expressions too. Costs some 0.1 ms a call (a watching thread), so it is for what is not known to be
 * quick. Throws what `work` throws.
 */
export function inTimeBox<T>(work: () => T, limit = LIMIT): T | undefined {
  prepared ??= { script: new Script('work()'), context: createContext(box) };
  box.work = work;
  try {
    return prepared.script.runInContext(prepared.context, { timeout: limit }) as T;
  } catch (error) {
    // An error of that context: not an instance of our Error.
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    box.work = null;
  }
}
