import type { LoadResult } from '../../../model/load.ts';
import { countOf, formatDuration, formatNumber, formatPercent, NOTHING } from '../../format.ts';
import { clean } from '../../text.ts';
import type { Tone } from '../words.ts';

export interface ConnectionRow {
  readonly what: string;
  readonly value: string;
  readonly tone: Tone;
}

const isKnown = (value: number): boolean => Number.isFinite(value);

/** `p50 105 µs, p99 210 µs, max 240 µs`. */
function spread({ p50, p99, max }: { readonly p50: number; readonly p99: number; readonly max: number }): string {
  return isKnown(max) ? `p50 ${formatDuration(p50)}, p99 ${formatDuration(p99)}, max ${formatDuration(max)}` : NOTHING;
}

/** What connecting took and what was agreed. Empty for reports that do not say. */
export function connectionRows({ connections }: LoadResult): readonly ConnectionRow[] {
  const { protocol, opened, connect, tls } = connections;
  if (!isKnown(opened)) return [];
  const plain = (what: string, value: string): ConnectionRow => ({ what, value, tone: 'plain' });
  return [
    plain('Protocol', clean(protocol)),
    plain('Connections opened', formatNumber(opened)),
    plain('Connect', spread(connect)),
    ...(tls === null
      ? []
      : [
          plain('TLS', `${clean(tls.version)}, ${clean(tls.cipher)}`),
          plain('Handshake', spread(tls.handshake)),
          plain(
            'Resumed sessions',
            `${formatNumber(tls.resumed)} (${formatPercent(opened > 0 ? tls.resumed / opened : 0)})`,
          ),
          {
            what: 'Certificate',
            value: tls.verified ? 'verified' : 'not verified: anybody could have answered',
            tone: tls.verified ? ('good' as const) : ('warn' as const),
          },
        ]),
  ];
}

/** The same as one sentence; null for reports that do not say. */
export function connectionText({ connections }: LoadResult): string | null {
  const { protocol, opened, connect, tls } = connections;
  if (!isKnown(opened)) return null;
  const made = `${countOf(opened, 'connection')} over ${clean(protocol)}, made in ${spread(connect)}`;
  if (tls === null) return `${made}.`;
  const verified = tls.verified ? 'certificate verified' : 'certificate NOT verified';
  return `${made}; ${clean(tls.version)} (${clean(tls.cipher)}) handshake ${spread(tls.handshake)}, ${formatNumber(tls.resumed)} resumed, ${verified}.`;
}
