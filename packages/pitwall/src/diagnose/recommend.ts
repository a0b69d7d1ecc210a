import { canonical } from '../model/canonical.ts';
import type { ChangeDraft } from '../model/change.ts';
import type { Indicator } from '../model/indicator.ts';
import { mergeChanges } from '../model/merge-changes.ts';
import type { Recommendation } from '../model/recommendation.ts';
import type { Confidence, Finding, Severity } from '../model/rule.ts';
import { changeKey, recommendationId } from './identity.ts';
import { scoreFindings } from './rank.ts';

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];
const CONFIDENCES: readonly Confidence[] = ['high', 'medium', 'low'];

/**
 * Turns findings into recommendations, most worthwhile first (rank.ts), equal ones by id. Findings that propose the same change
 * (same target, tunable, subject and value) become one recommendation, which carries all their changes; advice stays with its
 * finding. A finding with neither gives none. Ids are the same in every run that recommends the same.
 */
export function recommend(findings: readonly Finding[], indicators: readonly Indicator[]): Recommendation[] {
  const scores = scoreFindings(findings, indicators);
  const scored = findings
    .map((finding, i) => ({ finding, score: scores[i]! }))
    .filter(({ finding }) => (finding.changes?.length ?? 0) > 0 || finding.advice);
  return groups(scored)
    .map(recommendationOf)
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

interface Scored {
  readonly finding: Finding;
  readonly score: number;
}

/** What two findings must share to be one recommendation. */
function keysOf({ target, rule, subject, changes }: Finding): string[] {
  if (!changes || changes.length === 0) return [canonical(['advice', target, rule, subject])];
  return changes.map((change) => changeKey(target, change));
}

/** Findings joined by any key in common, directly or through another finding. */
function groups(scored: readonly Scored[]): Scored[][] {
  let result: { keys: Set<string>; members: Scored[] }[] = [];
  for (const entry of scored) {
    const keys = keysOf(entry.finding);
    const touching = result.filter((group) => keys.some((key) => group.keys.has(key)));
    const joined = {
      keys: new Set([...touching.flatMap((group) => [...group.keys]), ...keys]),
      members: [...touching.flatMap((group) => group.members), entry],
    };
    result = [...result.filter((group) => !touching.includes(group)), joined];
  }
  return result.map(({ members }) => members);
}

function recommendationOf(members: readonly Scored[]): Recommendation {
  const ranked = [...members].sort((a, b) => b.score - a.score);
  const first = ranked[0]!;
  const all = ranked.map(({ finding }) => finding);
  const advice = all.find((finding) => finding.advice)?.advice;
  const keys = [...new Set(all.flatMap(keysOf))].sort();
  return {
    id: recommendationId(keys.join('\n')),
    target: first.finding.target,
    title: first.finding.summary,
    rules: unique(all.map(({ rule }) => rule)),
    subjects: unique(all.map(({ subject }) => subject)),
    severity: SEVERITIES.find((severity) => all.some((finding) => finding.severity === severity))!,
    confidence: CONFIDENCES.find((confidence) => all.some((finding) => finding.confidence === confidence))!,
    score: first.score,
    changes: mergedChanges(all),
    ...(advice ? { advice } : {}),
    status: 'open',
  };
}

function mergedChanges(findings: readonly Finding[]): ChangeDraft[] {
  const merged = new Map<string, ChangeDraft>();
  for (const { target, changes } of findings) {
    for (const change of changes ?? []) {
      const key = changeKey(target, change);
      const known = merged.get(key);
      merged.set(key, known ? mergeChanges(known, change) : change);
    }
  }
  return [...merged.values()];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
