import { availableParallelism, hostname } from 'node:os';
import { runAgent } from '../engine/agents/agent.ts';
import type { ShareOutcome } from '../engine/agents/share.ts';
import { EXIT, type ExitCode, PitwallError } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, numberFlag, print, text, texts, wholeNumber } from './context.ts';
import { sharedStoreOf } from './shared-store.ts';

/** What one process can run, see load/options.ts. */
const MOST_WORKERS = 64;

const EXITS: Readonly<Record<ShareOutcome, ExitCode>> = {
  done: EXIT.ok,
  refused: EXIT.usage,
  failed: EXIT.unmeasurable,
  lost: EXIT.unmeasurable,
  released: EXIT.ok,
};

export const run: Run = async (invocation) => {
  const store = sharedStoreOf(invocation, 'pitwall agent');
  const workers =
    numberFlag(invocation, 'workers', wholeNumber, 'a whole number of threads, at least 1') ?? availableParallelism();
  if (workers > MOST_WORKERS) {
    const what = `--workers ${workers}: one agent gives at most ${MOST_WORKERS}; start another one on another machine.`;
    throw new PitwallError('USAGE', { what, command: invocation.command });
  }
  const say = (line: string) => {
    const at = new Date().toISOString();
    if (flag(invocation, 'json')) print(`${JSON.stringify({ at, text: line })}\n`);
    else if (!flag(invocation, 'quiet')) print(`${at.slice(0, 19).replace('T', ' ')} ${line}\n`);
  };
  const outcome = await runAgent(
    {
      store,
      name: text(invocation, 'name') ?? `${hostname()}-${process.pid}`,
      workers,
      allow: texts(invocation, 'allow'),
      once: flag(invocation, 'once'),
    },
    { signal: invocation.signal, say },
  );
  if (invocation.signal.aborted) {
    say('Interrupted; nothing was left under way.');
    return EXIT.interrupted;
  }
  return outcome === null ? EXIT.ok : EXITS[outcome];
};
