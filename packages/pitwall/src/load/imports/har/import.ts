import type { DraftFlow, DraftStep, ScenarioDraft } from '../draft.ts';
import { statusCheck, UniqueNames } from '../draft.ts';
import { type ImportNotes, NothingToImport } from '../notes.ts';
import { sharedHeaders } from '../recorded-headers.ts';
import { shownPath } from '../recorded-path.ts';
import { type CarriedRequest, recordedStatus, recordedStep, remarkWrites, stepName } from '../recorded-step.ts';
import { Recording } from '../recording.ts';
import type { SecretPlaceholder } from '../secrets.ts';
import { counted } from '../words.ts';
import { Correlator } from './correlate.ts';
import { type HarEntry, type HarLog, readHar } from './read.ts';
import { isStaticEntry, selectEntries } from './select.ts';
import { thinkTimes } from './think-times.ts';

export interface HarOptions {
  /** For messages. */
  readonly file: string;
  readonly name: string;
  readonly host: string | null;
  /** `flow`: the visit as it was; `mix`: each request a flow of its own. */
  readonly as: 'flow' | 'mix';
  /** Files that pages load: in a flow of their own, in their place among the other steps, or not at all. */
  readonly static: 'flow' | 'inline' | 'none';
}

/** A value of a response that later steps use. */
export interface NamedCorrelation {
  readonly variable: string;
  readonly from: string;
  readonly source: string;
  readonly usedBy: readonly string[];
}

export interface ImportedHar {
  readonly draft: ScenarioDraft;
  readonly secrets: readonly SecretPlaceholder[];
  readonly correlations: readonly NamedCorrelation[];
}

/** A request that is carried over, with its place among those that were selected. */
interface Placed {
  readonly entry: HarEntry;
  readonly request: CarriedRequest;
  readonly name: string;
  readonly index: number;
  /** In the flow of files, not in that of the visit. */
  readonly apart: boolean;
}

/** Turns a HAR into a scenario. @throws PitwallError IMPORT_UNKNOWN, and NothingToImport */
export function importHar(text: string, options: HarOptions, notes: ImportNotes): ImportedHar {
  const log = readHar(text, options.file);
  const selected = selectEntries(log, options.host, notes);
  if (selected === null) throw new NothingToImport('no request in it was answered over HTTP');
  const recording = new Recording(notes);
  const correlator = new Correlator(recording);
  const placed = place(selected.entries, options, recording, correlator);
  if (placed.length === 0) throw new NothingToImport('no request in it can be sent again');
  const nameOf = (index: number) => placed.find((each) => each.index === index)!.name;
  const correlations = correlator.found.map(({ variable, from, source, usedBy }) => ({
    variable,
    from: nameOf(from),
    source,
    // A request that was left out after it had been looked at uses nothing.
    usedBy: placed.filter(({ index }) => usedBy.includes(index)).map(({ name }) => name),
  }));
  remarkWrites(
    placed.map(({ name, request }) => ({ name, method: request.method })),
    notes,
  );
  const headers = sharedHeaders(placed.map(({ request }) => request.headers));
  const steps = new Map(placed.map((each) => [each, stepOf(each, headers, correlator, correlations)]));
  return {
    draft: {
      name: options.name,
      origin: selected.origin,
      variables: recording.variables,
      cookies: placed.some(({ entry }) => usesCookies(entry)),
      headers,
      feeders: [],
      flows: flowsOf(placed, steps, options, log, notes),
      preface: [
        `Recorded from ${selected.origin}: ${placed.length} of the ${counted(log.entries.length, 'request')} in the file.`,
        'Each user runs through it from top to bottom, with the pauses that were made when it was recorded.',
      ],
    },
    secrets: recording.secrets.all,
    correlations,
  };
}

function place(
  entries: readonly HarEntry[],
  options: HarOptions,
  recording: Recording,
  correlator: Correlator,
): readonly Placed[] {
  const names = new UniqueNames();
  const placed: Placed[] = [];
  let answers: readonly Placed[] = [];
  for (const [index, entry] of entries.entries()) {
    const isStatic = isStaticEntry(entry);
    if (isStatic && options.static === 'none') {
      recording.notes.leaveOut('file that a page loads', '--static none', shownPath(entry.url.pathname));
      continue;
    }
    // What had not been answered when this was sent cannot have caused it.
    for (const answer of answers.filter((each) => each.entry.end <= entry.start))
      correlator.learn(answer.index, answer.entry);
    answers = answers.filter((each) => each.entry.end > entry.start);
    // Another flow cannot use what this one takes out of its responses.
    const apart = isStatic && options.static === 'flow';
    const alone = apart || options.as === 'mix';
    recording.rule = alone ? () => null : correlator.ruleFor(index);
    const request = recordedStep(entry, recording);
    if (request === null) continue;
    const each = { entry, request, name: names.name(stepName(request)), index, apart };
    placed.push(each);
    if (!alone) answers = [...answers, each];
  }
  return placed;
}

function flowsOf(
  placed: readonly Placed[],
  steps: ReadonlyMap<Placed, DraftStep>,
  options: HarOptions,
  { pages }: HarLog,
  notes: ImportNotes,
): readonly DraftFlow[] {
  if (options.as === 'mix') {
    return placed.map((each) => ({ name: each.name, weight: 1, steps: [steps.get(each)!] }));
  }
  const visit = placed.filter(({ apart }) => !apart);
  const files = placed.filter(({ apart }) => apart);
  const thinks = thinkTimes(
    visit.map(({ entry }) => entry),
    notes,
  );
  const visited = visit.map((each, index): DraftStep => {
    const step = { ...steps.get(each)!, think: thinks[index]! };
    return withPage(step, each.entry, visit[index - 1]?.entry ?? null, pages);
  });
  const flows = visited.length === 0 ? [] : [{ name: 'visit', weight: 1, steps: visited }];
  if (files.length === 0) return flows;
  notes.remark(
    `${counted(files.length, 'file')} that pages load are in a flow of their own, as often as the visit; --static inline puts them in their place, --static none leaves them out.`,
  );
  return [
    ...flows,
    {
      name: 'static files',
      weight: 1,
      steps: files.map((each) => steps.get(each)!),
      comment: 'What the pages load. Browsers fetch these side by side and keep them; here one follows the other.',
    },
  ];
}

function stepOf(
  { request, name, entry, index }: Placed,
  shared: ReadonlyMap<string, string>,
  correlator: Correlator,
  correlations: readonly NamedCorrelation[],
): DraftStep {
  const statuses = recordedStatus(entry.status);
  const extract = correlator.extractionsOf(index);
  const uses = correlations.filter(({ variable }) => extract.some(({ as }) => as === variable));
  return {
    name,
    method: request.method,
    path: request.path,
    headers: new Map([...request.headers].filter(([header]) => !shared.has(header))),
    body: request.body,
    think: null,
    extract,
    checks: statuses.length === 0 ? [] : [statusCheck(statuses)],
    ...(uses.length === 0
      ? {}
      : { comment: uses.map(({ variable, usedBy }) => `${variable} is used by ${usedBy.join(', ')}`).join('\n') }),
  };
}

/** A comment where another page begins. */
function withPage(
  step: DraftStep,
  entry: HarEntry,
  before: HarEntry | null,
  pages: ReadonlyMap<string, string>,
): DraftStep {
  const title = entry.page === null || entry.page === before?.page ? undefined : pages.get(entry.page);
  if (title === undefined) return step;
  // Chrome's titles are URLs.
  const url = URL.parse(title);
  const comment = `page: ${url === null ? title : shownPath(url.pathname)}`;
  return { ...step, comment: step.comment === undefined ? comment : `${comment}\n${step.comment}` };
}

function usesCookies({ cookies, headers, responseHeaders }: HarEntry): boolean {
  const has = (list: HarEntry['headers'], wanted: RegExp) => list.some(([name]) => wanted.test(name));
  return cookies > 0 || has(headers, /^cookie$/i) || has(responseHeaders, /^set-cookie$/i);
}
