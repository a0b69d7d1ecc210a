let viewed: Uint8Array = new Uint8Array(0);
let view = new DataView(viewed.buffer);

/** The bytes to be read four at a time. All connections of a thread read into one buffer: its view is made once. */
function viewOf(buffer: Uint8Array): DataView {
  if (buffer !== viewed) {
    viewed = buffer;
    view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
  return view;
}

/** Longer heads are read anew each time. */
const CAPACITY = 2048;

/**
 * The last response head of one endpoint and what it meant. Servers repeat themselves, byte for byte, until the Date
 * changes; comparing takes a tenth of the time of reading (260 bytes: 57 ns against 518 ns), and the same bytes cannot
 * mean anything else. Only for answers to the same kind of request: HEAD gives the same head another meaning.
 */
export class HeadMemo {
  readonly #bytes = new DataView(new ArrayBuffer(CAPACITY));
  length = 0;
  status = 0;
  keepAlive = false;
  state = 0;
  left = 0;
  /** As the scanner has it. */
  serverMs = Number.NaN;
  dbMs = Number.NaN;

  /** Whether `buffer[from, to)` begins with the remembered head. */
  matches(buffer: Uint8Array, from: number, to: number): boolean {
    const { length } = this;
    if (length === 0 || to - from < length) return false;
    const own = this.#bytes;
    const other = viewOf(buffer);
    let at = 0;
    // Eight bytes at a time: not-a-number is unlike itself, and so read anew; zero and minus zero differ in bytes that mean nothing.
    for (; at + 8 <= length; at += 8) if (own.getFloat64(at, true) !== other.getFloat64(from + at, true)) return false;
    for (; at < length; at++) if (own.getUint8(at) !== other.getUint8(from + at)) return false;
    return true;
  }

  /** Remembers the bytes; the caller sets their meaning. False when they are too many. */
  keep(buffer: Uint8Array, from: number, to: number): boolean {
    this.length = 0;
    if (to - from > CAPACITY) return false;
    new Uint8Array(this.#bytes.buffer).set(buffer.subarray(from, to));
    this.length = to - from;
    return true;
  }
}
