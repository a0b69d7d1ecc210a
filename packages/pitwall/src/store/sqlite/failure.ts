import { PitwallError, reasonOf } from '../../errors.ts';

/** Result codes of SQLite, https://www.sqlite.org/rescode.html. The low byte is the primary code. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PERM = 3;
const NOTADB = 26;
/** Extended: a write that failed for another reason than ENOSPC, which are a quota (EDQUOT) and a size limit (EFBIG). */
const IOERR_WRITE = 778;

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Turns what SQLite or the file system threw into the one sentence that a person gets; a bug stays what it is. */
export function storeFailure(error: unknown, file: string): unknown {
  if (error instanceof PitwallError || !(error instanceof Error)) return error;
  const details = { file, reason: reasonOf(error) };
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
  if (code === null) {
    if (!('syscall' in error)) return error;
    const errno = 'code' in error ? String(error.code) : '';
    return new PitwallError(NO_SPACE.has(errno) ? 'STORE_FULL' : 'STORE_UNWRITABLE', details, { cause: error });
  }
  const extra = { cause: error };
  switch (code & 0xff) {
    case BUSY:
    case LOCKED:
      return new PitwallError('STORE_BUSY', details, extra);
    case CORRUPT:
    case NOTADB:
      return new PitwallError('STORE_DAMAGED', details, extra);
    case FULL:
      return new PitwallError('STORE_FULL', details, extra);
    case IOERR:
      return new PitwallError(code === IOERR_WRITE ? 'STORE_FULL' : 'STORE_UNWRITABLE', details, extra);
    case READONLY:
    case CANTOPEN:
    case PERM:
      return new PitwallError('STORE_UNWRITABLE', details, extra);
    default:
      return error;
  }
}
