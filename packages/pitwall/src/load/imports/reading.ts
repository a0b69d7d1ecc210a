import { open } from 'node:fs/promises';
import { PitwallError, reasonOf } from '../../errors.ts';

/** Runs what reads a file; what the file system or the unpacker says becomes CONFIG_UNREADABLE. */
export async function readingFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PitwallError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'no permission'
            : code?.startsWith('Z_') || code?.startsWith('ERR_ZLIB')
              ? `it cannot be unpacked: ${reasonOf(error)}`
              : reasonOf(error);
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason }, { cause: error });
  }
}

/** The first bytes of a file, as they are. @throws PitwallError CONFIG_UNREADABLE */
export function readHead(file: string, bytes: number): Promise<Buffer> {
  return readingFile(file, async () => {
    await using handle = await open(file);
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  });
}

/** A whole text file of at most `most` bytes. @throws PitwallError CONFIG_UNREADABLE, also for what is not UTF-8 */
export function readText(file: string, most: number): Promise<string> {
  return readingFile(file, async () => {
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size > most) throw new Error(`it is larger than ${Math.floor(most / 1024 ** 2)} MiB`);
    const bytes = await handle.readFile();
    if (bytes.byteLength > most) throw new Error(`it is larger than ${Math.floor(most / 1024 ** 2)} MiB`);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw new Error('it is not UTF-8 text');
    }
  });
}
