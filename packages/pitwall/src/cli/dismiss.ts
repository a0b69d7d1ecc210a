import { dismissAdvice, reopenAdvice } from '../engine/advice-memory.ts';
import { recommendationIn } from '../engine/find-recommendation.ts';
import { EXIT, PitwallError, printable } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, print, text, withStore } from './context.ts';
import { withStoreHere } from './unconfigured.ts';

/** Of a reason: it stands in one line of a report. */
const LONGEST_REASON = 500;

export const run: Run = (invocation) => {
  const because = text(invocation, 'because')?.trim();
  const isReopened = flag(invocation, 'undismiss');
  const usage = (what: string) => new PitwallError('USAGE', { what, command: 'dismiss' });
  if (isReopened && because !== undefined) throw usage('--because and --undismiss exclude each other.');
  if (!isReopened && !because) throw usage('Say why, with --because TEXT: whoever looks later wants to know.');
  if (because && because.length > LONGEST_REASON) {
    throw usage(`--because: expected at most ${LONGEST_REASON} characters.`);
  }
  return withStore(withStoreHere(invocation), async (store) => {
    const recommendation = await recommendationIn(store, invocation.positionals[0]!);
    if (isReopened) await reopenAdvice(store, recommendation);
    else await dismissAdvice(store, recommendation, because!);
    const { id, title } = recommendation;
    const status = isReopened ? 'open' : 'dismissed';
    if (flag(invocation, 'json')) print(`${JSON.stringify({ recommendation: id, title, status }, null, 2)}\n`);
    else print(`${printable(`${id} ${isReopened ? 'is open again' : 'is dismissed'}: ${title}`)}\n`);
    return EXIT.ok;
  });
};
