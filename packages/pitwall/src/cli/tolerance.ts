import { PitwallError } from '../errors.ts';
import { parseRatio } from '../model/units.ts';
import type { Invocation } from './command.ts';
import { text } from './context.ts';

/** `--tolerance 5%`, 0–1; undefined when it is not given. Throws USAGE. */
export function toleranceOf(invocation: Invocation): number | undefined {
  const value = text(invocation, 'tolerance');
  if (value === undefined) return undefined;
  const ratio = parseRatio(value);
  if (ratio !== null && ratio >= 0 && ratio < 1) return ratio;
  throw new PitwallError('USAGE', {
    what: `--tolerance ${value}: expected a ratio from 0 to below 1 such as 5%.`,
    command: invocation.command,
  });
}
