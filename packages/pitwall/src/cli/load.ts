import { PitwallError } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, print, text } from './context.ts';
import { refuseContradictions, refuseWasted } from './load/refusals.ts';

/** What `pitwall load` can do besides running one load; each is a module of its own, imported when it is asked for. */
const MODES: Readonly<Record<string, () => Promise<{ run: Run }>>> = {
  search: () => import('./load/search.ts'),
  calibrate: () => import('./load/calibrate.ts'),
  duet: () => import('./load/duet.ts'),
  agents: () => import('./load/agents.ts'),
};

export const run: Run = async (invocation) => {
  const usage = (what: string) => new PitwallError('USAGE', { what, command: 'load' });
  if (text(invocation, 'preset') === 'list') {
    const { presetList } = await import('../engine/load-files.ts');
    print(presetList());
    return 0;
  }
  refuseContradictions(invocation);
  refuseWasted(invocation);
  const asked = Object.keys(MODES).filter((mode) => flag(invocation, mode) || text(invocation, mode) !== undefined);
  if (asked.length > 1) throw usage(`--${asked.join(' and --')} exclude each other.`);
  if (invocation.positionals.length > 0 && asked[0] !== 'duet') {
    throw usage(`pitwall load does not take ${invocation.positionals[0]!}; ${insteadOf(invocation.positionals)}`);
  }
  const work = asked[0] === undefined ? import('./load/plain.ts') : MODES[asked[0]]!();
  return (await work).run(invocation);
};

/** What was probably meant by arguments without a flag. */
function insteadOf([first = '', second]: readonly string[]): string {
  if (!/^https?:/i.test(first)) return 'name a scenario with --scenario FILE.';
  return second === undefined ? 'name a service with --url URL.' : 'two services are loaded at once with --duet.';
}
