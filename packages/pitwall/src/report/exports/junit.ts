import type { Limits, Verdict } from '../../model/indicator.ts';
import type { LoadResult, StepResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { labelText, STATUS, sentence } from '../content/words.ts';
import { countOf, formatPercent, formatValue } from '../format.ts';
import { el, type Markup } from '../html/element.ts';
import { clean, cleanProse } from '../text.ts';

/** Passed unless it has an outcome; a note is shown with one that passed. */
interface Case {
  readonly name: string;
  readonly className: string;
  readonly outcome: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly message: string;
  } | null;
  readonly note?: string;
}

interface Suite {
  readonly name: string;
  readonly seconds: number;
  /** Beside those that every suite has. */
  readonly properties?: readonly (readonly [name: string, value: string])[];
  readonly cases: readonly Case[];
}

/** XML 1.0 has no place for these two; all other forbidden characters are gone with `clean`. */
const xml = (text: string): string => text.replace(/[\ufffe\uffff]/g, '');

const limitText = (limits: Limits, unit: Verdict['unit']): string =>
  (['target', 'warning', 'critical'] as const)
    .flatMap((kind) => (limits[kind] === undefined ? [] : [`${kind} ${formatValue(limits[kind], unit)}`]))
    .join(', ');

/**
 * Fails as the exit code does: only what is critical. A warning or a missed target passes and says so; what could not be
 * measured is skipped.
 */
function objective(verdict: Verdict): Case {
  const where = labelText(verdict.labels);
  const { word } = STATUS[verdict.status];
  const because = verdict.because === undefined ? '' : ` ${sentence(verdict.because)}`;
  const message = `${word}: ${formatValue(verdict.value, verdict.unit)} (${limitText(verdict.limits, verdict.unit)}).${because}`;
  const outcome = { type: verdict.status, message };
  return {
    name: `${clean(verdict.indicator)}${where === '' ? '' : ` ${where}`}`,
    className: `pitwall.objectives.${clean(verdict.target)}`,
    outcome:
      verdict.status === 'critical'
        ? { kind: 'failure', ...outcome }
        : verdict.status === 'error'
          ? { kind: 'error', ...outcome }
          : verdict.status === 'no-data'
            ? { kind: 'skipped', ...outcome }
            : null,
    ...(verdict.status === 'pass' ? {} : { note: message }),
  };
}

function checksOf({ endpoint, flow, checks = [] }: StepResult): readonly Case[] {
  return checks.map(({ name, passed, failed }) => {
    const asked = passed + failed;
    const share = `${countOf(failed, 'response')} of ${asked} failed it (${formatPercent(failed / asked)}).`;
    return {
      name: `${clean(endpoint)}: ${clean(name)}`,
      className: `pitwall.checks${flow === undefined ? '' : `.${clean(flow)}`}`,
      outcome:
        asked === 0
          ? { kind: 'skipped', type: 'no-data', message: 'No response was checked.' }
          : failed > 0
            ? { kind: 'failure', type: 'check', message: share }
            : null,
    };
  });
}

function validity(load: LoadResult): readonly Case[] {
  const className = 'pitwall.load';
  const invalid = load.invalidBecause.map(sentence).join(' ') || 'The load is not valid.';
  return [
    {
      name: 'the load is valid',
      className,
      outcome: load.valid ? null : { kind: 'error', type: 'invalid', message: invalid },
    },
    {
      name: 'the load ran to its end',
      className,
      outcome: load.partial === null ? null : { kind: 'failure', type: load.endedBy, message: sentence(load.partial) },
      ...(load.saturated ? { note: 'The service could not take all that was planned.' } : {}),
    },
  ];
}

/** `tags of place order`: `team=shop`. Of the suite, because schemas of JUnit XML know no properties of a case. */
function tagsOf({ endpoint, tags = {} }: StepResult): readonly (readonly [string, string])[] {
  const pairs = Object.entries(tags).map(([key, value]) => `${clean(key)}=${clean(value)}`);
  return pairs.length === 0 ? [] : [[`tags of ${clean(endpoint)}`, pairs.join(' ')]];
}

/** The message stands in the attribute and in the element: some readers show only one of the two. */
function testcase({ name, className, outcome, note }: Case): Markup {
  const message = outcome === null ? '' : xml(cleanProse(outcome.message));
  return el(
    'testcase',
    { name: xml(name), classname: xml(className), time: '0' },
    outcome === null ? null : el(outcome.kind, { type: outcome.type, message }, message),
    outcome === null && note !== undefined ? el('system-out', {}, xml(cleanProse(note))) : null,
  );
}

const countKind = (cases: readonly Case[], kind: 'failure' | 'error' | 'skipped'): number =>
  cases.filter(({ outcome }) => outcome?.kind === kind).length;

/**
 * The verdicts, the checks of the load's steps and the load's own validity as JUnit XML, each as a test suite: what Jenkins and
 * GitLab read (https://github.com/jenkinsci/xunit-plugin, junit-10.xsd; https://docs.gitlab.com/ci/testing/unit_test_reports/).
 */
export function renderJunit(report: Report): string {
  const { run, load, cost } = report;
  const measured = load?.duration ?? 0;
  const suites: readonly Suite[] = [
    { name: 'objectives', seconds: cost.wallSeconds, cases: report.verdicts.map(objective) },
    {
      name: 'checks',
      seconds: measured,
      properties: load?.steps.flatMap(tagsOf) ?? [],
      cases: load?.steps.flatMap(checksOf) ?? [],
    },
    { name: 'load validity', seconds: measured, cases: load ? validity(load) : [] },
  ];
  const used = suites.filter(({ cases }) => cases.length > 0);
  const all = used.flatMap(({ cases }) => cases);
  const time = (seconds: number): string => (Number.isFinite(seconds) && seconds > 0 ? seconds.toFixed(3) : '0');
  const started = Date.parse(run.startedAt);
  const drawn = used.map(({ name, seconds, properties = [], cases }) =>
    el(
      'testsuite',
      {
        name: `${xml(clean(run.service))}: ${name}`,
        tests: cases.length,
        failures: countKind(cases, 'failure'),
        errors: countKind(cases, 'error'),
        skipped: countKind(cases, 'skipped'),
        time: time(seconds),
        timestamp: Number.isNaN(started) ? undefined : new Date(started).toISOString().slice(0, 19),
        hostname: xml(clean(run.host.name)),
      },
      el(
        'properties',
        {},
        el('property', { name: 'run', value: xml(clean(run.id)) }),
        el('property', { name: 'command', value: xml(clean(run.command)) }),
        el('property', { name: 'pitwall', value: xml(clean(run.pitwallVersion)) }),
        properties.map(([key, value]) => el('property', { name: xml(key), value: xml(value) })),
      ),
      cases.map(testcase),
    ),
  );
  const root = el(
    'testsuites',
    {
      name: `pitwall ${xml(clean(run.command))}`,
      tests: all.length,
      failures: countKind(all, 'failure'),
      errors: countKind(all, 'error'),
      time: time(cost.wallSeconds),
    },
    drawn,
  );
  const text = root.text.replace(/<(testsuite|testcase|\/testsuites?)(?=[ >])/g, '\n<$1');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}
