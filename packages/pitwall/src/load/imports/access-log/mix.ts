import type { DraftFeeder, DraftFlow, DraftStep } from '../draft.ts';
import { UniqueNames, VariableNames } from '../draft.ts';
import type { ImportNotes } from '../notes.ts';
import { bytesText, secondsText, shareText } from '../words.ts';
import { current, type Endpoint } from './endpoint.ts';
import type { Template } from './endpoint-tree.ts';
import { quantiles } from './study.ts';
import { type TemplatedRequest, templatedRequest } from './templates.ts';

/** An endpoint that the scenario has. */
export interface Pick {
  readonly endpoint: Endpoint;
  readonly request: TemplatedRequest;
}

export interface Picked {
  readonly picks: readonly Pick[];
  /** Requests of the picked endpoints. */
  readonly requests: number;
}

/** The `top` most requested templates as requests of a scenario; the rest is left out and said. */
export function pickEndpoints(templates: readonly Template[], top: number, notes: ImportNotes): Picked {
  const naming = { steps: new UniqueNames(), variables: new VariableNames() };
  const picks: Pick[] = [];
  let requests = 0;
  for (const template of templates) {
    const { endpoint, segments } = template;
    const shown = `${endpoint.method} /${segments.map((segment) => segment ?? ':id').join('/')}`;
    if (picks.length >= top) {
      notes.leaveOut(
        'request to a rare path',
        `only the ${top} most requested are written; --top changes that`,
        shown,
        endpoint.count,
      );
      continue;
    }
    const request = templatedRequest(template, naming);
    if (request === null) {
      notes.leaveOut(
        'request whose URL cannot be copied',
        'its values are too long or not text',
        shown,
        endpoint.count,
      );
      continue;
    }
    const failed = endpoint.answered(400, 599);
    if (failed > endpoint.count / 10) {
      notes.remark(`${request.name}: ${shareText(failed / endpoint.count)} of its requests failed in the log.`);
    }
    picks.push({ endpoint, request });
    requests += endpoint.count;
  }
  return { picks, requests };
}

/** One flow an endpoint, weighted as it was requested. */
export function mixFlows({ picks, requests }: Picked): readonly DraftFlow[] {
  return picks.map(({ endpoint, request }) => ({
    name: request.name,
    // Shares in percent: four digits are more than a log knows.
    weight: Number(((100 * endpoint.count) / requests).toPrecision(4)),
    steps: [stepOf(request)],
    comment: describe(endpoint, requests),
  }));
}

export function feedersOf(picks: readonly Pick[]): readonly DraftFeeder[] {
  return picks.flatMap(({ request }) => (request.feeder === null ? [] : [request.feeder]));
}

export function stepOf(request: TemplatedRequest, name = request.name): DraftStep {
  const { method, path, checks } = request;
  return { name, method, path, headers: new Map(), body: null, think: null, extract: [], checks };
}

/** Which flow of the mix a request to an endpoint is. */
export function flowNames({ picks }: Picked): (endpoint: Endpoint) => string | null {
  const names = new Map(picks.map(({ endpoint, request }) => [endpoint, request.name]));
  return (endpoint) => names.get(current(endpoint)) ?? null;
}

function describe(endpoint: Endpoint, all: number): string {
  const parts = [`${shareText(endpoint.count / all)} of the requests`];
  if (endpoint.withBytes > 0) parts.push(`${bytesText(endpoint.bytes / endpoint.withBytes)} each`);
  const took = quantiles(endpoint.durations, 1e9);
  if (took !== null) parts.push(`the server took p50 ${secondsText(took.p50)}, p95 ${secondsText(took.p95)}`);
  return parts.join('; ');
}
