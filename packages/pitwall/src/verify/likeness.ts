import type { LoadKind } from '../model/comparison.ts';

/** What two runs were made under. */
export interface RunConditions {
  readonly id: string;
  readonly host: { readonly name: string; readonly cpus: number; readonly kernel: string };
  readonly pitwallVersion: string;
  readonly load: LoadKind | null;
  /** Why the load ended before its time; null when it did not, or there was none. */
  readonly partial: string | null;
  readonly saturated: boolean;
  /** Share of the host's CPU time that went to other machines, 0–1; null when not known. */
  readonly stealRatio: number | null;
}

export interface Likeness {
  /** Why the two cannot be compared: what differs is the load and not the service. Parts of a sentence. */
  readonly refusals: readonly string[];
  /** What a reader has to know: sentences. */
  readonly cautions: readonly string[];
}

/**
 * Rates that differ by less are the same load. In an M/M/1 queue T = S/(1 − ρ) (L. Kleinrock, Queueing Systems I (1975), §3.2), so a rate
 * that is higher by x makes responses longer by about x·ρ/(1 − ρ): 2 % more are 2 % at half of the capacity and 4.7 % at 70 %, within the
 * tolerance of 5 %. Nearer to the limit even 2 % show: there two runs of one setting differ by as much.
 */
const SAME = 0.02;
/** Another length changes how sure a comparison is; from here on it may change what is measured (caches, garbage). [judgement] */
const SAME_DURATION = 0.1;
/** Share of the CPU time that went elsewhere in one run and not in the other. [judgement] */
const STEAL = 0.02;

/**
 * Whether two runs measured the same thing. Another shape, scenario, protocol, rate or number of users is another experiment: of the
 * difference nothing could be said to be the service's. What may change between two runs of one experiment (the host, the
 * deployment that was loaded, the version of Pitwall) is told.
 */
export function likenessOf(a: RunConditions, b: RunConditions): Likeness {
  const refusals: string[] = [];
  const cautions: string[] = [];
  if (a.load && b.load) refusals.push(...loadRefusals(a.load, b.load));
  else if (a.load || b.load) refusals.push(`only ${(a.load ? a : b).id} has a load`);
  if (a.load && b.load) cautions.push(...loadCautions(a.load, b.load));
  if (a.host.name !== b.host.name) {
    cautions.push(
      `The runs were made on different hosts, ${a.host.name} and ${b.host.name}: their difference is part of every ratio.`,
    );
  } else if (a.host.cpus !== b.host.cpus || a.host.kernel !== b.host.kernel) {
    cautions.push(
      `The host has changed: ${a.host.cpus} CPUs and kernel ${a.host.kernel}, then ${b.host.cpus} and ${b.host.kernel}.`,
    );
  }
  if (a.pitwallVersion !== b.pitwallVersion) {
    cautions.push(`They were measured by different versions of Pitwall, ${a.pitwallVersion} and ${b.pitwallVersion}.`);
  }
  for (const { id, partial, saturated, load } of [a, b]) {
    if (partial !== null) cautions.push(`The load of ${id} ended early: ${partial}`);
    if (saturated && load !== null && load.rate !== null) {
      cautions.push(
        `In ${id} the service could not take the planned rate; its response times depend on how long the run was.`,
      );
    }
  }
  if (Math.abs((a.stealRatio ?? 0) - (b.stealRatio ?? 0)) > STEAL) {
    const [less, more] = (a.stealRatio ?? 0) < (b.stealRatio ?? 0) ? [a, b] : [b, a];
    cautions.push(
      `During ${more.id} the hypervisor gave ${percent(more.stealRatio ?? 0)} of the CPU time to others, during ${less.id} ` +
        `${percent(less.stealRatio ?? 0)}: part of the difference is that.`,
    );
  }
  return { refusals, cautions };
}

/** The refusals alone, for loads without a run. */
export function loadRefusals(a: LoadKind, b: LoadKind): string[] {
  const refusals: string[] = [];
  const differ = (what: string, one: string | number, other: string | number) =>
    refusals.push(`${what} ${one} and ${other}`);
  if (a.shape !== b.shape) differ('the shapes', a.shape, b.shape);
  if (a.scenario !== b.scenario) differ('the scenarios', a.scenario ?? '(none)', b.scenario ?? '(none)');
  if (a.protocol !== b.protocol) differ('the protocols', a.protocol, b.protocol);
  const open = a.rate !== null && b.rate !== null;
  if (a.rate !== null && b.rate !== null && apart(a.rate, b.rate) > SAME) differ('rates of', a.rate, b.rate);
  if (!open && a.users !== b.users) differ('users:', a.users, b.users);
  if (!a.endpoints.some((name) => b.endpoints.includes(name))) refusals.push('nothing that both of them requested');
  return refusals;
}

function loadCautions(a: LoadKind, b: LoadKind): string[] {
  const cautions: string[] = [];
  if (a.url !== b.url) cautions.push(`Different services were loaded: ${a.url} and ${b.url}.`);
  if (apart(a.duration, b.duration) > SAME_DURATION) {
    cautions.push(`The runs are not of the same length: ${seconds(a.duration)} and ${seconds(b.duration)}.`);
  }
  if (a.rate !== null && a.users !== b.users) {
    cautions.push(`At most ${a.users} connections were open in one run, ${b.users} in the other.`);
  }
  const odd = [
    ...a.endpoints.filter((name) => !b.endpoints.includes(name)),
    ...b.endpoints.filter((name) => !a.endpoints.includes(name)),
  ];
  if (odd.length > 0) {
    cautions.push(`Only one of the runs requested ${odd.join(', ')}; the load of the rest is not quite the same.`);
  }
  return cautions;
}

function apart(a: number, b: number): number {
  return Math.abs(Math.log(Math.max(a, 1e-9) / Math.max(b, 1e-9)));
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function seconds(value: number): string {
  return `${Number(value.toPrecision(3))} s`;
}
