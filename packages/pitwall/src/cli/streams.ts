import { PitwallError, reasonOf } from '../errors.ts';

/** Set when stdout took no more: a full disk behind `> file`. */
let outputFailure: PitwallError | null = null;

/**
 * A reader that went away (`pitwall check | head`, a closed terminal) or a full disk behind a redirection must not end the
 * process in the middle of a change: the error is kept for the end. A pipe that nobody reads any more is no failure at all.
 */
export function guardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || outputFailure !== null) return;
    outputFailure = new PitwallError(
      'FILE_UNWRITABLE',
      { file: 'the output', reason: reasonOf(error) },
      { cause: error },
    );
  });
  process.stderr.on('error', () => {
    // There is nowhere left to say it.
  });
}

/** Waits until stdout has taken everything. Throws FILE_UNWRITABLE when it could not. */
export async function flushOutput(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (outputFailure !== null) throw outputFailure;
}
