import { PitwallError } from '../errors.ts';
import { fellBehind } from '../load/validity.ts';
import type { LoadEnd, LoadResult } from '../model/load.ts';

const ENDINGS: Readonly<
  Partial<Record<LoadEnd, 'LOAD_ABORTED' | 'LOAD_TARGET_LOST' | 'LOAD_DANGER' | 'LOAD_DATA_ENDED'>>
> = {
  'abort-rule': 'LOAD_ABORTED',
  'target-lost': 'LOAD_TARGET_LOST',
  danger: 'LOAD_DANGER',
  data: 'LOAD_DATA_ENDED',
};

/** What a load is refused with that something but its plan ended; null for its plan, and for who interrupted it. */
export function endedLoad(end: LoadEnd, reason: string): PitwallError | null {
  const code = ENDINGS[end];
  return code === undefined ? null : new PitwallError(code, { reason });
}

/**
 * What a load that is not valid is refused with: LOAD_SATURATED where the service did not take what was planned, LOAD_INVALID
 * where it was the generator. The report has all reasons; a message that names the first one is read.
 */
export function invalidLoad(result: LoadResult): PitwallError {
  const reason = result.invalidBecause[0]!;
  return new PitwallError(fellBehind(result) ? 'LOAD_SATURATED' : 'LOAD_INVALID', { reason });
}
