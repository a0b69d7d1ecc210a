import { printable } from '../../../errors.ts';
import type { Evidence, FindingDraft, RuleResult, RuleView, Threshold } from '../../../model/rule.ts';
import { measuredBloat, measureRequest } from '../bloat-measure.ts';
import { factsOf } from '../facts/define.ts';
import type { BloatFact } from '../facts/schema.ts';
import { mostImportant, notRead, shareText, sizeText, wasRead } from './schema-view.ts';

export const minimumWasted: Threshold = {
  value: 100 * 2 ** 20,
  unit: 'bytes',
  source:
    'PgHero looks at the bloat of indexes of 100 MB and more: below, rewriting gains nothing that one would notice.',
};

/** A table or index that is mostly empty space, by estimate or as measured. */
interface Bloat {
  /** Key of its facts. */
  readonly name: string;
  readonly fact: BloatFact;
  readonly wastedBytes: number;
  readonly measured: boolean;
}

/** What the rule says of it by itself: what follows for whom, and what to do. */
type Said = Pick<FindingDraft, 'impact' | 'advice' | 'changes'>;

/** Tables or indexes with more empty space than the thresholds `minimumWasted` and `minimumShare` allow, the largest waste first. */
export function judgeBloat(view: RuleView, of: BloatFact['of'], say: (bloat: Bloat) => Said): RuleResult {
  if (wasRead(view, 'bloat') === null) return notRead('bloat');
  const facts = [...factsOf(view, 'postgresql.bloat')].filter(([, fact]) => fact.of === of);
  if (facts.length === 0) return { notApplicable: `no ${of} is large enough to be looked at, or can be estimated` };
  const found = facts.flatMap(([name, fact]) => judge(view, name, fact, say));
  return found.length > 0
    ? { found: mostImportant(found) }
    : { clear: `no large ${of} is mostly empty space, as far as can be estimated` };
}

function judge(
  view: RuleView,
  name: string,
  fact: BloatFact,
  say: (bloat: Bloat) => Said,
): { weight: number; finding: FindingDraft }[] {
  const measured = measuredBloat(view, name);
  const bytes = measured?.bytes ?? fact.bytes;
  const wasted = measured?.wastedBytes ?? fact.bytes - fact.neededBytes;
  if (wasted < view.threshold('minimumWasted') || wasted / bytes < view.threshold('minimumShare')) return [];
  const how = measured === null ? 'by estimate ' : '';
  const what = fact.of === 'index' ? `index ${name} on ${fact.table ?? 'its table'}` : `table ${name}`;
  const evidence: Evidence = {
    label: measured === null ? 'wasted, estimated' : `wasted, measured (${measured.by})`,
    value: wasted,
    unit: 'By',
  };
  const finding: FindingDraft = {
    subject: name,
    summary: printable(
      `${how}${shareText(wasted / bytes)} of ${what} is empty space: ${sizeText(wasted)} of ${sizeText(bytes)}`,
    ),
    severity: 'info',
    confidence: measured === null ? 'low' : 'high',
    evidence: [evidence, { label: fact.of, value: bytes, unit: 'By' }],
    ...say({ name, fact, wastedBytes: wasted, measured: measured !== null }),
    ...(measured === null ? { confirm: measureRequest(name, fact) } : {}),
  };
  return [{ weight: wasted, finding }];
}
