import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Settings } from './options.ts';

/** Characters that wait to be written: what comes beyond them is dropped. */
const BUFFER = 4 * 2 ** 20;
/** Characters from which on it is not worth waiting for the interval. */
const CHUNK = 256 * 1024;
/** Seconds until a file that could not be opened is tried again. */
const PATIENCE = 5;
/** Seconds after which nobody is moving files any more: it takes milliseconds. */
const STALE = 10;

const writers = new Map<string, LineWriter>();
let isWatchingExit = false;

function flushAll(): void {
  for (const writer of writers.values()) writer.flushSync();
}

/** The writer of a file, one for all connections of this thread; give it back with `release`. The first one's settings hold. */
export function writerOf(settings: Settings): LineWriter {
  const path = resolve(settings.file);
  const writer = writers.get(path) ?? new LineWriter(path, settings);
  writers.set(path, writer);
  writer.users++;
  return writer;
}

/**
 * Appends lines to a file that rotates, in whole lines, from a bounded buffer. Nothing here throws. Other processes may append to
 * the same file: each takes note when another has rotated it.
 */
export class LineWriter {
  users = 0;
  /** Changes with each file: what a line refers to has to be written again. */
  file = 0;
  dropped = 0;
  problem: string | null = null;
  /** Called before lines are written: whoever has something to add. It must not throw. */
  readonly beforeFlush = new Set<() => void>();
  readonly #path: string;
  readonly #settings: Settings;
  #pending = '';
  #lines = 0;
  #untold = 0;
  #fd: number | null = null;
  #inode = 0n;
  #size = 0;
  #retryAt = 0;
  #timer: NodeJS.Timeout | null = null;
  /** The write that is under way, and the file's size before it. */
  #writing: { readonly before: number; readonly done: Promise<void> } | null = null;

  constructor(path: string, settings: Settings) {
    this.#path = path;
    this.#settings = settings;
    if (!isWatchingExit) process.on('exit', flushAll);
    isWatchingExit = true;
  }

  /** Takes lines (each with its line end) that tell of `calls` calls. False: there is no room, and they are counted as dropped. */
  add(lines: string, calls: number): boolean {
    if (this.#pending.length + lines.length > BUFFER) {
      this.drop(calls);
      return false;
    }
    this.#pending += lines;
    this.#lines += calls;
    if (this.#pending.length >= CHUNK) this.#flushSoon();
    else this.#timer ??= setTimeout(() => this.#flushSoon(), this.#settings.interval * 1000).unref();
    return true;
  }

  drop(calls: number): void {
    this.dropped += calls;
    this.#untold += calls;
  }

  /** Until all is written. Never rejects. */
  async flush(): Promise<void> {
    await this.#writing?.done;
    this.#flushSoon();
    await this.#writing?.done;
  }

  /** At once: at the end of the process, and for scripts that never wait. */
  flushSync(): void {
    this.#awaitWriting();
    const taken = this.#take();
    if (taken === null) return;
    try {
      this.#wrote(writeSync(taken.fd, taken.bytes), taken);
    } catch (error) {
      this.#failed(error, taken.calls);
    }
  }

  /** Writes what is left and closes the file when nobody else uses it. */
  release(): void {
    if (--this.users > 0) return;
    writers.delete(this.#path);
    this.flushSync();
    this.#stopTimer();
    this.#close();
  }

  #flushSoon(): void {
    if (this.#settings.whenFull === 'wait') {
      this.flushSync();
      return;
    }
    if (this.#writing) return;
    const taken = this.#take();
    if (taken === null) return;
    const before = this.#size;
    const done = new Promise<void>((resolveDone) => {
      write(taken.fd, taken.bytes, (error, written) => {
        this.#writing = null;
        if (error) this.#failed(error, taken.calls);
        else this.#wrote(written, taken);
        resolveDone();
        if (this.#pending.length >= CHUNK) this.#flushSoon();
      });
    });
    this.#writing = { before, done };
  }

  #wrote(written: number, { bytes, calls, last }: Taken): void {
    this.#size += written;
    if (written < bytes.length) this.#failed(new Error('the disk is full'), calls);
    else if (last) this.#rotate();
  }

  /** What waits, when there is a file to write it to. */
  #take(): Taken | null {
    for (const add of this.beforeFlush) add();
    // Not before: what they add sets it.
    this.#stopTimer();
    if (this.#untold > 0 && this.#pending.length < BUFFER) {
      this.#pending += `${JSON.stringify({ kind: 'dropped', calls: this.#untold, at: Date.now() / 1000 })}\n`;
      this.#untold = 0;
    }
    if (this.#pending === '') return null;
    const fd = this.#open();
    const [text, calls] = [this.#pending, this.#lines];
    this.#pending = '';
    this.#lines = 0;
    if (fd === null) {
      this.drop(calls);
      return null;
    }
    const bytes = Buffer.from(text);
    const last = this.#size + bytes.length >= this.#settings.maxBytes;
    // What is added from now on goes to the next file.
    if (last) this.file++;
    return { fd, bytes, calls, last };
  }

  #stopTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #open(): number | null {
    if (this.#fd !== null && !this.#wasRotated()) return this.#fd;
    if (Date.now() < this.#retryAt) return null;
    // Another process has rotated it.
    if (this.#fd !== null) this.file++;
    try {
      this.#close();
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      // A link that somebody else put there is not followed. Windows knows no such flag.
      const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
      const fd = openSync(this.#path, flags, 0o600);
      const about = fstatSync(fd, { bigint: true });
      this.#fd = fd;
      if (!about.isFile()) throw new Error('it is no file');
      if ((Number(about.mode) & 0o077) !== 0) chmodSync(this.#path, 0o600);
      this.#inode = about.ino;
      this.#size = Number(about.size);
      this.#endBrokenLine(fd);
      this.problem = null;
      return fd;
    } catch (error) {
      this.#failed(error, 0);
      return null;
    }
  }

  /** The one before was killed in the middle of a line. */
  #endBrokenLine(fd: number): void {
    if (this.#size === 0) return;
    const last = Buffer.alloc(1);
    readSync(fd, last, 0, 1, this.#size - 1);
    if (last[0] !== 0x0a) this.#size += writeSync(fd, '\n');
  }

  #wasRotated(): boolean {
    const now = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return now === undefined || now.ino !== this.#inode;
  }

  #rotate(): void {
    const { files } = this.#settings;
    try {
      // Another one is at it, or has done so: its new file is only to be opened.
      if (this.#lock()) {
        try {
          if (!this.#wasRotated()) {
            for (let n = files; n > 0; n--) {
              const from = n === 1 ? this.#path : `${this.#path}.${n - 1}`;
              if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${this.#path}.${n}`);
            }
          }
        } finally {
          rmSync(`${this.#path}.lock`, { force: true });
        }
      }
      this.#close();
    } catch (error) {
      this.#failed(error, 0);
    }
  }

  /** Two that move the files at the same time would put one over the other. False: somebody else is moving them. */
  #lock(): boolean {
    const file = `${this.#path}.lock`;
    try {
      closeSync(openSync(file, 'wx', 0o600));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // Of one that was killed: the next time round it is not there.
      const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
      if (made !== undefined && Date.now() - made > STALE * 1000) rmSync(file, { force: true });
      return false;
    }
  }

  /** Lines must stay in order: the one under way first, for a moment at most. */
  #awaitWriting(): void {
    if (!this.#writing || this.#fd === null) return;
    const lock = new Int32Array(new SharedArrayBuffer(4));
    try {
      for (let waited = 0; waited < 100 && fstatSync(this.#fd).size <= this.#writing.before; waited++) {
        Atomics.wait(lock, 0, 0, 1);
      }
    } catch {
      // Then it is written out of order: the reader finds texts by their ids.
    }
  }

  #failed(error: unknown, calls: number): void {
    this.problem = error instanceof Error ? error.message : String(error);
    this.drop(calls);
    this.file++;
    this.#retryAt = Date.now() + PATIENCE * 1000;
    this.#close();
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd === null) return;
    // Its number would be given to another file while we still write to it.
    if (this.#writing) void this.#writing.done.then(() => closed(fd));
    else closed(fd);
  }
}

interface Taken {
  readonly fd: number;
  readonly bytes: Buffer;
  readonly calls: number;
  /** The file is full with it. */
  readonly last: boolean;
}

function closed(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It is gone either way.
  }
}
