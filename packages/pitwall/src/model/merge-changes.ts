import { canonical } from './canonical.ts';
import type { ChangeDraft, Selector } from './change.ts';
import type { Json } from './json.ts';

/**
 * One change for two reasons; both have to be for the same tunable, subject and value. It has to improve what either names,
 * is measured by the meters of both, and promises no more than the more cautious one: the least effect, the longest write.
 * What only one of them says is kept; where they say different things otherwise, `a` counts.
 */
export function mergeChanges(a: ChangeDraft, b: ChangeDraft): ChangeDraft {
  const meter = distinct([...(a.meter ?? []), ...(b.meter ?? [])]);
  const controls = distinct([...(a.controls ?? []), ...(b.controls ?? [])].map(plain));
  const predictions = distinctBy([...(a.predictions ?? []), ...(b.predictions ?? [])], ({ statement }) => statement);
  const predictedRatio = larger(a.predictedRatio, b.predictedRatio);
  const expectedWriteSeconds = larger(a.expectedWriteSeconds, b.expectedWriteSeconds);
  return {
    ...b,
    ...a,
    reason: distinct([a.reason, b.reason]).join('; '),
    affects: distinct([...a.affects, ...b.affects].map(plain)),
    ...(controls.length > 0 ? { controls } : {}),
    ...(meter.length > 0 ? { meter } : {}),
    ...(predictions.length > 0 ? { predictions } : {}),
    ...(predictedRatio === undefined ? {} : { predictedRatio }),
    ...(expectedWriteSeconds === undefined ? {} : { expectedWriteSeconds }),
  };
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function plain({ indicator, labels }: Selector): { indicator: string; labels?: Readonly<Record<string, string>> } {
  return labels ? { indicator, labels } : { indicator };
}

function distinct<T extends Json>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [canonical(value), value])).values()];
}

function distinctBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const is = key(value);
    if (seen.has(is)) return false;
    seen.add(is);
    return true;
  });
}
