import type { Change } from '../../model/change.ts';
import type { Labels } from '../../model/observation.ts';
import { clean, cutEnd } from '../text.ts';

/**
 * What the labels stand for, as the change tells: the text of a statement whose fingerprint is a label. Null where they stand
 * for themselves (an endpoint), or nothing is known. Journals and plans of before there were titles have the texts in what the
 * change rests on.
 */
export function labelTitle(
  labels: Labels | undefined,
  { titles, basis, predictions }: Pick<Change, 'titles' | 'basis' | 'predictions'>,
): string | null {
  const known = [...(basis?.statements ?? []), ...(predictions ?? [])];
  const texts = Object.values(labels ?? {}).flatMap((value) => {
    const told = titles && Object.hasOwn(titles, value) ? titles[value] : undefined;
    return told ?? known.find(({ statement }) => statement === value)?.text ?? [];
  });
  return texts.length === 0 ? null : clean(texts.join(' · '));
}

/** `4b63f1158d812fee: SELECT …`, a line of at most `width` cells for each statement that must win by the change. */
export function titleLines(change: Change, width: number): readonly string[] {
  const values = new Set(change.affects.flatMap(({ labels }) => Object.values(labels ?? {})));
  return [...values].flatMap((value) => {
    const title = labelTitle({ value }, change);
    return title === null ? [] : [cutEnd(`${clean(value)}: ${title}`, width)];
  });
}
