import type { LoadResult } from '../../../model/load.ts';
import { countOf, formatNumber, formatPercent } from '../../format.ts';
import { clean } from '../../text.ts';
import type { Tone } from '../words.ts';
import { spreadText } from './known.ts';

export interface ConnectionRow {
  readonly what: string;
  readonly value: string;
  readonly tone: Tone;
}

const isKnown = (value: number): boolean => Number.isFinite(value);

/** What connecting took and what was agreed. Empty for reports that do not say. */
export function connectionRows({ connections }: LoadResult): readonly ConnectionRow[] {
  const { protocol, opened, connect, tls } = connections;
  if (!isKnown(opened)) return [];
  const plain = (what: string, value: string): ConnectionRow => ({ what, value, tone: 'plain' });
  return [
    plain('Protocol', clean(protocol)),
    plain('Connections opened', formatNumber(opened)),
    plain('Connect', spreadText(connect, opened)),
    ...(tls === null
      ? []
      : [
          plain('TLS', `${clean(tls.version)}, ${clean(tls.cipher)}`),
          plain('Handshake', spreadText(tls.handshake, opened)),
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
  const made = `${countOf(opened, 'connection')} over ${clean(protocol)}, made in ${spreadText(connect, opened)}`;
  if (tls === null) return `${made}.`;
  const verified = tls.verified ? 'certificate verified' : 'certificate NOT verified';
  return `${made}; ${clean(tls.version)} (${clean(tls.cipher)}) handshake ${spreadText(tls.handshake, opened)}, ${formatNumber(tls.resumed)} resumed, ${verified}.`;
}
