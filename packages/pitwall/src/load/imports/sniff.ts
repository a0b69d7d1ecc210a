import { detectFormat, readerFor } from './access-log/formats.ts';

export const IMPORT_FORMATS = ['har', 'openapi', 'curl', 'access-log'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** How much of a file says what it is. */
export const SNIFFED_BYTES = 64 * 1024;

/**
 * What a file is, from its first bytes; null when nothing fits. A packed file is taken for a log: nothing else is packed.
 * `logFormat`: what --format says, for lines that no named format reads.
 */
export function sniff(head: Uint8Array, logFormat: string | null): ImportFormat | null {
  if ((head[0] === 0x1f && head[1] === 0x8b) || (head[0] === 0x28 && head[1] === 0xb5)) return 'access-log';
  const text = new TextDecoder('utf-8').decode(head).replace(/^\ufeff/, '');
  const start = text.trimStart();
  if (start.startsWith('{')) {
    if (/^\{\s*"log"\s*:\s*\{/.test(start)) return 'har';
    if (/"(?:openapi|swagger)"\s*:\s*"/.test(start)) return 'openapi';
  }
  if (/^(?:openapi|swagger)\s*:/m.test(text)) return 'openapi';
  if (/^[ \t]*(?:\$[ \t]+|[A-Za-z_]\w{0,50}=\S{0,200}[ \t]+)?(?:\S{0,200}\/)?curl(?:\.exe)?[ \t]/m.test(text))
    return 'curl';
  const lines = text.split(/\r?\n/, 100).filter((line) => line !== '');
  // The last one may be cut.
  const whole = lines.length > 1 && head.byteLength >= SNIFFED_BYTES ? lines.slice(0, -1) : lines;
  if (logFormat !== null) {
    const reader = readerFor(logFormat);
    return whole.some((line) => reader.read(line) !== null) ? 'access-log' : null;
  }
  return detectFormat(whole) === null ? null : 'access-log';
}
