import type { ChangeDraft } from './change.ts';
import type { Indicator } from './indicator.ts';
import type { Json } from './json.ts';
import type { Fact, Labels } from './observation.ts';
import type { Target } from './target.ts';

export type Severity = 'info' | 'warning' | 'critical';
export type Confidence = 'low' | 'medium' | 'high';

export interface Source {
  readonly title: string;
  readonly url: string;
}

/** A number a rule decides by, with its unit and where it comes from. Never a bare literal in the code. */
export interface Threshold {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

export interface RuleMeta {
  readonly title: string;
  /** Why the state is bad, in two or three sentences. */
  readonly why: string;
  readonly sources: readonly Source[];
  /** Fact kinds and indicator names without which the result is `no-data`. */
  readonly needs: { readonly facts?: readonly string[]; readonly indicators?: readonly string[] };
  /** Fact kinds it also reads, if they are there: answers of its confirmations, facts of other targets. */
  readonly uses?: { readonly facts: readonly string[] };
  readonly doesNotApplyWhen: string;
  readonly confirmedBy: string;
  readonly thresholds: Readonly<Record<string, Threshold>>;
}

export interface Evidence {
  readonly label: string;
  readonly value: Json;
  readonly unit?: string;
}

/** What a rule asks to be tried (on a copy, read-only …) before it is sure. Answered as facts; then it runs again. */
export interface ConfirmRequest {
  /** `integration/probe`, found in that integration's `confirmations`. */
  readonly probe: string;
  /** Identifies the question; the answer is a fact with this key. */
  readonly key: string;
  readonly input: Json;
}

/** Advice for a person, where a change cannot or should not be made from outside. */
export interface Advice {
  readonly text: string;
  readonly code?: string;
}

/** One bad state that a rule found. Recommendations are data: either changes or advice. */
export interface Finding {
  readonly rule: string;
  readonly target: string;
  /** What exactly: a table, an endpoint, a query. Stable, so that findings can be followed between runs. */
  readonly subject: string;
  readonly summary: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
  /** What it costs now or what mending it would gain, if known: after/before, below 1 is faster. */
  readonly impact?: {
    readonly indicator: string;
    readonly labels: Labels;
    readonly expectedRatio?: number;
    readonly text: string;
  };
  readonly changes?: readonly ChangeDraft[];
  readonly advice?: Advice;
  readonly confirm?: ConfirmRequest;
}

/** What a rule's `evaluate` returns: the finding without the fields that the runner knows. */
export type FindingDraft = Omit<Finding, 'rule' | 'target'>;

export type RuleResult =
  | { readonly found: readonly FindingDraft[] }
  | { readonly clear: string }
  | { readonly notApplicable: string }
  /** What it judges by is still being counted: why, and what it waits for. */
  | { readonly notYet: string };

/** All that a rule may see. Pure: no clock, no I/O. */
export interface RuleView {
  readonly target: Target;
  /** Facts of a kind about this target. */
  facts(kind: string): readonly Fact[];
  /** Facts of a kind about any target in the run (for example `load.endpoint`). */
  allFacts(kind: string): readonly Fact[];
  /** Indicators of this target with that name. */
  indicators(name: string): readonly Indicator[];
  /** Value of a threshold declared in `meta.thresholds` (configuration may override it). Throws on an undeclared name. */
  threshold(name: string): number;
}

export interface Rule {
  readonly id: string;
  readonly meta: RuleMeta;
  evaluate(view: RuleView): RuleResult;
}

/** What became of a rule on a target in a run. Rules that find nothing say why. */
export interface RuleOutcome {
  readonly rule: string;
  readonly target: string;
  readonly status: 'found' | 'clear' | 'not-yet' | 'not-applicable' | 'no-data' | 'error';
  readonly because: string;
}
