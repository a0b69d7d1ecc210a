import type { ChangeDraft } from '../../model/change.ts';
import type { Recommendation } from '../../model/recommendation.ts';
import type { Report } from '../../model/report.ts';
import type { Advice, Finding, RuleOutcome } from '../../model/rule.ts';
import { formatJson } from '../format.ts';
import { clean, cleanLines, cleanProse } from '../text.ts';
import { predictionText } from './prediction.ts';
import { RECOMMENDED, SEVERITY, SEVERITY_ORDER, sentence, tally, type Word } from './words.ts';

/** One thing to do: a change that Pitwall makes, or advice. */
export interface Action {
  readonly kind: 'change' | 'advice';
  readonly text: string;
  readonly code: readonly string[];
  /** How to take it back; changes that were planned only. */
  readonly undo: string | null;
}

export interface FindingText extends Word {
  /** From 1 on. */
  readonly rank: number;
  readonly rule: string;
  readonly target: string;
  readonly subject: string;
  readonly summary: string;
  readonly confidence: string;
  readonly evidence: readonly { readonly label: string; readonly value: string }[];
  readonly impact: string | null;
  readonly actions: readonly Action[];
  /** What became of it: `open`, `applied and kept` …, and what was done before; null when nothing was recommended. */
  readonly status: string | null;
  /** By which `pitwall dismiss` knows it. */
  readonly id: string | null;
}

/** What a change sets; of a whole structure the finding's summary says it better, and JSON has all of it. */
function setTo({ to }: ChangeDraft): string {
  if (to === null) return ' → none';
  return typeof to === 'object' ? '' : ` → ${formatJson(to)}`;
}

function changeAction(report: Report, target: string, draft: ChangeDraft): Action {
  const planned = report.outcomes
    .map(({ change }) => change)
    .find((c) => c.target === target && c.tunable === draft.tunable && c.subject === draft.subject);
  const prediction = predictionText(draft);
  const expected = prediction === null ? '' : `, expected to be ${prediction}`;
  const subject = draft.subject === '' ? '' : ` ${clean(draft.subject)}`;
  if (draft.affects.length === 0) {
    const text = `${clean(draft.tunable)}${subject}${setTo(draft)}, by hand: nothing that is measured would show whether it helped, so no plan has it`;
    return { kind: 'advice', text, code: [], undo: null };
  }
  return {
    kind: 'change',
    text: `${clean(draft.tunable)}${subject}${setTo(draft)}${expected}`,
    code: planned ? cleanLines(planned.preview.apply) : [],
    undo: planned ? clean(planned.preview.undo) : null,
  };
}

const adviceAction = (advice: Advice): Action => ({
  kind: 'advice',
  text: cleanProse(advice.text),
  code: advice.code === undefined ? [] : cleanLines(advice.code),
  undo: null,
});

const concerns =
  (finding: Finding) =>
  (recommendation: Recommendation): boolean =>
    recommendation.target === finding.target &&
    recommendation.rules.includes(finding.rule) &&
    recommendation.subjects.includes(finding.subject);

/** A recommendation of an earlier run that this run acts on, in the place of its finding. */
function standIn({ target, title, rules, subjects, severity, confidence, changes, advice }: Recommendation): Finding {
  return {
    rule: rules.join(', '),
    target,
    subject: subjects.join(', '),
    summary: title,
    severity,
    confidence,
    evidence: [],
    changes,
    ...(advice ? { advice } : {}),
  };
}

interface Pair {
  readonly finding: Finding;
  readonly recommendation: Recommendation | undefined;
}

function pairs(report: Report): readonly Pair[] {
  const found = report.findings.map((finding) => ({
    finding,
    recommendation: report.recommendations.find(concerns(finding)),
  }));
  const matched = new Set(found.map(({ recommendation }) => recommendation));
  const others = report.recommendations
    .filter((recommendation) => !matched.has(recommendation))
    .map((recommendation) => ({ finding: standIn(recommendation), recommendation }));
  return [...found, ...others].filter(({ recommendation }) => !isClosed(recommendation));
}

/** Tried without gain or dismissed, and nothing has changed since: told in a section of its own. */
export function isClosed(recommendation: Recommendation | undefined): boolean {
  if (!recommendation?.past) return false;
  return recommendation.status === 'rolled-back' || recommendation.status === 'dismissed';
}

/** Findings (and recommendations without one), the worst first; of equal severity the more worthwhile first. */
export function findingTexts(report: Report): readonly FindingText[] {
  return pairs(report)
    .toSorted(
      (a, b) =>
        SEVERITY_ORDER.indexOf(a.finding.severity) - SEVERITY_ORDER.indexOf(b.finding.severity) ||
        (b.recommendation?.score ?? 0) - (a.recommendation?.score ?? 0),
    )
    .map(({ finding, recommendation }, i) => ({
      ...SEVERITY[finding.severity],
      rank: i + 1,
      rule: clean(finding.rule),
      target: clean(finding.target),
      subject: clean(finding.subject),
      summary: sentence(finding.summary),
      confidence: finding.confidence,
      evidence: finding.evidence.map(({ label, value, unit }) => ({
        label: clean(label),
        value: formatJson(value, unit),
      })),
      impact: finding.impact ? sentence(finding.impact.text) : null,
      actions: [
        ...(finding.changes ?? []).map((draft) => changeAction(report, finding.target, draft)),
        ...(finding.advice ? [adviceAction(finding.advice)] : []),
      ],
      status: recommendation ? statusText(recommendation) : null,
      id: recommendation ? clean(recommendation.id) : null,
    }));
}

function statusText({ status, past }: Recommendation): string {
  const word = RECOMMENDED[status];
  if (!past) return word;
  const news = past.newEvidence.map((text) => clean(text)).join('; ');
  return `${word}; ${clean(past.text)}${news === '' ? '' : `; since then: ${news}`}`;
}

/** `1 critical · 2 warning`. */
export function findingTally(report: Report): string {
  return tally(
    pairs(report).map(({ finding }) => finding.severity),
    SEVERITY_ORDER,
    (severity) => severity,
  );
}

const QUIET: readonly (readonly [RuleOutcome['status'], string])[] = [
  ['error', 'Failed'],
  ['no-data', 'Could not be judged'],
  ['not-yet', 'Not known yet'],
  ['clear', 'Found nothing'],
  ['not-applicable', 'Do not apply'],
];

export interface QuietRules {
  readonly title: string;
  /** What it waits for has to be read to its end. */
  readonly isWaiting: boolean;
  readonly rules: readonly { readonly rule: string; readonly target: string; readonly because: string }[];
}

/** Rules without a finding, with their reasons: what was looked at is as much worth as what was found. */
export function quietRules(report: Report): readonly QuietRules[] {
  return QUIET.map(([status, title]) => ({
    title,
    isWaiting: status === 'not-yet',
    rules: report.rules
      .filter((outcome) => outcome.status === status)
      .map(({ rule, target, because }) => ({
        rule: clean(rule),
        target: clean(target),
        because: sentence(because),
      })),
  })).filter(({ rules }) => rules.length > 0);
}
