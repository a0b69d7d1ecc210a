import { PitwallError } from '../errors.ts';
import { fellBehind } from '../load/validity.ts';
import type { LoadResult } from '../model/load.ts';

/**
 * What a load that is not valid is refused with: LOAD_SATURATED where the service did not take what was planned, LOAD_INVALID
 * where it was the generator. The report has all reasons; a message that names the first one is read.
 */
export function invalidLoad(result: LoadResult): PitwallError {
  const reason = result.invalidBecause[0]!;
  return new PitwallError(fellBehind(result) ? 'LOAD_SATURATED' : 'LOAD_INVALID', { reason });
}
