import type { LoadOptions } from '../../model/load.ts';
import { isParts, parseTemplate } from '../../model/template.ts';

/** Steps with the same method and path cannot be told apart in a log: a group of them. */
export interface StepGroup {
  /** Positions in the result. */
  readonly steps: readonly number[];
  readonly name: string;
}

/** Finds the steps that a line of a log stands for. */
export interface StepFinder {
  readonly groups: readonly StepGroup[];
  /** Position among `groups`; −1: none. `target` with its query, or without where a log leaves it out. */
  find(method: string, target: string): number;
  /** What requests call themselves (`User-Agent`, in lower case); null: some make it up for each. */
  readonly agents: ReadonlySet<string> | null;
}

interface Place {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly agent: string | undefined;
}

const OURS = 'pitwall';
/** Longer targets belong to no step whose path varies: servers limit a request line to 8 KiB (nginx, Apache) by default. */
const LONGEST_TARGET = 8192;

export function stepFinder(options: Pick<LoadOptions, 'endpoints' | 'scenario'>): StepFinder {
  const places = placesOf(options);
  const keys = places.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const groups = [...new Set(keys)].map((key): StepGroup & { readonly place: Place } => {
    const steps = [...keys.keys()].filter((i) => keys[i] === key);
    return { steps, name: steps.map((i) => places[i]!.name).join(' + '), place: places[steps[0]!]! };
  });
  const exact = new Map<string, number>();
  const bare = new Map<string, number>();
  const patterns: { readonly method: string; readonly pattern: readonly Piece[]; readonly group: number }[] = [];
  for (const [group, { place }] of groups.entries()) {
    const method = place.method.toUpperCase();
    const pattern = patternOf(place.path);
    if (pattern !== null) {
      patterns.push({ method, pattern, group });
      continue;
    }
    exact.set(`${method} ${place.path}`, group);
    const path = `${method} ${place.path.split('?', 1)[0]}`;
    // Two steps that differ in their query alone are one in a log without queries: neither is known then.
    bare.set(path, bare.has(path) ? -1 : group);
  }
  return {
    groups,
    find(method, target) {
      const known = exact.get(`${method} ${target}`);
      if (known !== undefined) return known;
      const matched =
        target.length <= LONGEST_TARGET
          ? patterns.find((each) => each.method === method && matches(each.pattern, target))
          : undefined;
      if (matched) return matched.group;
      return target.includes('?') ? -1 : (bare.get(`${method} ${target}`) ?? -1);
    },
    agents: agentsOf(places),
  };
}

function placesOf({ endpoints, scenario }: Pick<LoadOptions, 'endpoints' | 'scenario'>): readonly Place[] {
  const agentOf = (headers: Readonly<Record<string, string>>) =>
    Object.entries(headers).find(([name]) => name.toLowerCase() === 'user-agent')?.[1];
  if (!scenario) {
    return endpoints.map(({ name, method, path, headers }) => ({ name, method, path, agent: agentOf(headers) }));
  }
  return scenario.flows.flatMap(({ steps }) =>
    steps.map(({ name, method, path, headers }) => ({
      name,
      method,
      path: literal(path) ?? path,
      agent: agentOf(headers) ?? agentOf(scenario.headers),
    })),
  );
}

function agentsOf(places: readonly Place[]): ReadonlySet<string> | null {
  const agents = places.map(({ agent }) => (agent === undefined ? OURS : literal(agent)));
  return agents.includes(null) ? null : new Set(agents.map((agent) => agent!.toLowerCase()));
}

/** The text of a template in which nothing varies; null when something does. */
function literal(template: string): string | null {
  const parts = parseTemplate(template);
  if (!isParts(parts)) return template;
  return parts.every((part) => part.kind === 'text') ? parts.map((part) => part.text).join('') : null;
}

/** A stretch of a path: text as it is, `value`: anything that is no separator, or `raw`: anything. */
type Piece = { readonly text: string } | 'value' | 'raw';

/** Values are percent-encoded, so that none of these can be in them. */
const SEPARATORS = new Set('/?&=#');

/** What a path with values in it looks like when it is sent; null when nothing in it varies. */
function patternOf(path: string): readonly Piece[] | null {
  const parts = parseTemplate(path);
  if (!isParts(parts) || literal(path) !== null) return null;
  return parts.map((part) => {
    if (part.kind === 'text') return { text: part.text };
    return part.kind === 'value' && part.form === 'raw' ? 'raw' : 'value';
  });
}

/**
 * Whether all of a target looks like a pattern. Targets are anybody's text: not a regular expression, which would try one way
 * after the other, but all places at once where the pieces so far may end. Each piece passes over the target once.
 */
function matches(pattern: readonly Piece[], target: string): boolean {
  let ends: readonly number[] = [0];
  for (const piece of pattern) {
    if (typeof piece === 'object') {
      ends = ends.filter((at) => target.startsWith(piece.text, at)).map((at) => at + piece.text.length);
    } else ends = reach(ends, target, piece);
    if (ends.length === 0) return false;
  }
  return ends.at(-1) === target.length;
}

/** Where a value may end that begins at one of the places, ascending, each once. */
function reach(starts: readonly number[], target: string, piece: 'value' | 'raw'): readonly number[] {
  const ends: number[] = [];
  for (const [i, start] of starts.entries()) {
    // From the next start on it is that one's turn: it reaches as far.
    const until = starts[i + 1] ?? target.length + 1;
    for (let at = start; at < until; at++) {
      ends.push(at);
      if (piece === 'value' && SEPARATORS.has(target[at] ?? '/')) break;
    }
  }
  return ends;
}
