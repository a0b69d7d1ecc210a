import type { RecordedPart } from './recorded-body.ts';

const MOST_PARTS = 100;

/** The parts of a multipart/form-data body that was recorded as text (RFC 7578); null when it is none. */
export function parseMultipart(text: string, contentType: string): readonly RecordedPart[] | null {
  const boundary = /;\s*boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(contentType.slice(0, 1000));
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return null;
  const pieces = text.split(`--${mark}`, MOST_PARTS + 2);
  if (pieces.length < 3) return null;
  return pieces.slice(1, -1).flatMap((piece) => {
    const part = partOf(piece);
    return part === null ? [] : [part];
  });
}

function partOf(piece: string): RecordedPart | null {
  // Recordings differ in how they keep line breaks.
  const [, head, body] = /^\r?\n((?:[^\r\n]{1,2000}\r?\n){1,20}?)\r?\n([\s\S]*)$/.exec(piece) ?? [];
  if (head === undefined || body === undefined) return null;
  const disposition = /^content-disposition:[^\r\n]*/im.exec(head)?.[0] ?? '';
  const name = /[;\s]name="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) return null;
  return {
    name,
    value: body.replace(/\r?\n$/, ''),
    fileName: /[;\s]filename="([^"]*)"/i.exec(disposition)?.[1] ?? null,
    contentType: /^content-type:[ \t]*([^\r\n]*)/im.exec(head)?.[1]?.trim() || null,
  };
}
