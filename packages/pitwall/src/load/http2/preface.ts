/** How a client begins: RFC 9113 §3.4. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const FRAME_HEADER_BYTES = 9;
const SETTINGS = 4;

/** A SETTINGS frame that changes nothing: length 0, type 4, no flags, stream 0 (RFC 9113 §4.1, §6.5). */
export const EMPTY_SETTINGS = Buffer.from([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]);

/** Whether these bytes begin with a SETTINGS frame; null when they are too few to tell. */
export function isSettings(bytes: Uint8Array): boolean | null {
  if (bytes.length < FRAME_HEADER_BYTES) return bytes.length >= 4 && bytes[3] !== SETTINGS ? false : null;
  const [, , , type, flags, ...stream] = bytes.subarray(0, FRAME_HEADER_BYTES);
  return type === SETTINGS && (flags! & 1) === 0 && stream.every((byte) => byte === 0);
}
