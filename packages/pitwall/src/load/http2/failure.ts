import http2 from 'node:http2';
import type { FailureKind } from '../channel.ts';
import type { SharedSession } from './session.ts';

const {
  NGHTTP2_NO_ERROR,
  NGHTTP2_PROTOCOL_ERROR,
  NGHTTP2_FLOW_CONTROL_ERROR,
  NGHTTP2_FRAME_SIZE_ERROR,
  NGHTTP2_COMPRESSION_ERROR,
  NGHTTP2_REFUSED_STREAM,
} = http2.constants;

/** RFC 9113 §7: what one side says when the other broke the rules. */
const PROTOCOL_CODES = [
  NGHTTP2_PROTOCOL_ERROR,
  NGHTTP2_FLOW_CONTROL_ERROR,
  NGHTTP2_FRAME_SIZE_ERROR,
  NGHTTP2_COMPRESSION_ERROR,
];

/** RFC 9113 §7, from 0. */
const NAMES =
  'NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED'.split(
    ' ',
  );

export const codeName = (code: number): string => NAMES[code] ?? `code ${code}`;

export interface StreamFailure {
  /** The server has not processed the request and never will: it may be sent again whatever its method (RFC 9113 §8.7). */
  readonly refused: boolean;
  readonly kind: FailureKind;
  readonly reason: string;
}

/** Why a stream ended before its answer was complete. */
export function failureOf(stream: http2.ClientHttp2Stream, session: SharedSession): StreamFailure {
  const { rstCode } = stream;
  const neverSent = stream.id === undefined;
  const refused = neverSent || rstCode === NGHTTP2_REFUSED_STREAM || stream.id! > session.lastStreamId;
  if (session.closed) {
    const reason = session.reason ?? 'the connection was closed before the answer was complete';
    return { refused, kind: session.failure, reason };
  }
  if (rstCode === NGHTTP2_NO_ERROR) {
    return { refused, kind: 'reset', reason: 'the stream was closed before the answer was complete' };
  }
  const kind = PROTOCOL_CODES.includes(rstCode) ? 'protocol' : 'reset';
  return { refused, kind, reason: `the stream was reset (${codeName(rstCode)})` };
}
