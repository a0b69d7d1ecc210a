import type { Explained, PlanStep } from '../../../model/database.ts';
import { countOf, formatDuration, formatNumber } from '../../format.ts';
import { clean, cleanLines } from '../../text.ts';
import { sentence } from '../words.ts';

/** One step of a plan as lines for a fixed-width font. */
export interface PlanLine {
  /** Branches of the tree that lead to it: `│  └─ `. */
  readonly branch: string;
  /** The same before what is said below the step. */
  readonly below: string;
  readonly title: string;
  /** Rows, loops, time, cost. */
  readonly figures: string;
  readonly details: readonly string[];
  readonly marks: readonly string[];
}

/** Deeper steps are left out, and said so: a plan may come from anywhere. */
const DEEPEST = 60;
/** Steps that are shown: a plan over thousands of partitions is no tree that anybody reads. */
const MOST_STEPS = 400;

export function planLines(explained: Explained): readonly PlanLine[] {
  const lines = stepLines(explained.plan, '', '', 0);
  if (lines.length <= MOST_STEPS) return lines;
  const title = `… ${countOf(lines.length - MOST_STEPS, 'more step')}`;
  return [...lines.slice(0, MOST_STEPS), { branch: '', below: '', title, figures: '', details: [], marks: [] }];
}

function stepLines(step: PlanStep, branch: string, below: string, depth: number): readonly PlanLine[] {
  const own = {
    branch,
    below,
    title: clean(step.title),
    figures: figuresOf(step),
    details: step.details.map(clean),
    marks: step.marks.map(clean),
  };
  if (depth >= DEEPEST) return [{ ...own, details: [...own.details, 'what is below is not shown'] }];
  const last = step.children.length - 1;
  return [
    own,
    ...step.children.flatMap((child, i) =>
      stepLines(child, `${below}${i === last ? '└─ ' : '├─ '}`, `${below}${i === last ? '   ' : '│  '}`, depth + 1),
    ),
  ];
}

function figuresOf({ expectedRows, actualRows, loops, seconds, cost }: PlanStep): string {
  const rows =
    actualRows === null
      ? expectedRows === null
        ? ''
        : `${countOf(expectedRows, 'row')} expected`
      : `${countOf(actualRows, 'row')}${expectedRows === null ? '' : ` (${formatNumber(expectedRows)} expected)`}`;
  return [
    rows,
    loops !== null && loops > 1 ? `${formatNumber(loops)} loops` : '',
    seconds === null ? '' : formatDuration(seconds),
    cost === null ? '' : `cost ${formatNumber(cost)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Where the values come from, why it was not run, and how the figures of steps are meant. That it was not is said beside the title. */
export function planNotes({ plan, notes }: Explained): readonly string[] {
  return [
    ...notes.filter((note) => note !== 'not run').map((note) => sentence(note.charAt(0).toUpperCase() + note.slice(1))),
    ...scopeNote(stepsOf(plan, 0)),
  ];
}

/** A step's time is without the steps below it; what the database says of cost and buffers is with them. */
function scopeNote(steps: readonly PlanStep[]): readonly string[] {
  if (steps.length < 2 || steps.every(({ seconds }) => seconds === null)) return [];
  const within = [
    steps.some(({ cost }) => cost !== null) ? 'cost' : '',
    steps.some(({ details }) => details.some((text) => /^Shared (?:Hit|Read) Blocks:/.test(text))) ? 'buffers' : '',
  ].filter((name) => name !== '');
  if (within.length === 0) return [];
  const include = within.length === 1 && within[0] === 'cost' ? 'includes' : 'include';
  return [`Times are each step's own; ${within.join(' and ')} ${include} the steps below.`];
}

function stepsOf(step: PlanStep, depth: number): readonly PlanStep[] {
  return [step, ...(depth >= DEEPEST ? [] : step.children.flatMap((child) => stepsOf(child, depth + 1)))];
}

export const BEYOND = 'What the plan does not show';

/** The work of triggers, and the DDL that would spare it: none where nothing would. */
export function beyondTexts({ beyond }: Explained): readonly {
  readonly because: string;
  readonly ddl: readonly string[];
}[] {
  return (beyond ?? []).map(({ because, ddl }) => ({
    because: sentence(because),
    ddl: ddl === null ? [] : cleanLines(ddl),
  }));
}

const UNFINISHED = 'not run to its end';

export function planTimes({ planSeconds, seconds, notes }: Explained): string {
  const begun = notes.some((note) => note.startsWith(`${UNFINISHED}:`));
  return [
    planSeconds === null ? '' : `planned in ${formatDuration(planSeconds)}`,
    seconds === null ? (begun ? UNFINISHED : 'not run') : `ran in ${formatDuration(seconds)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
