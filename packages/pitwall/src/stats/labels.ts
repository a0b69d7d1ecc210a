import type { Labels } from '../model/observation.ts';

/** True when `labels` carries everything that `wanted` asks for. */
export function labelsInclude(labels: Labels, wanted: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => labels[name] === value);
}

/** One string for a series: equal for equal target, name and labels, in whatever order the labels are. */
export function seriesKey(target: string, name: string, labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return JSON.stringify([target, name, sorted]);
}

/** As people read a series: `name {endpoint=/health}`. */
export function seriesTitle(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return pairs.length === 0 ? name : `${name} {${pairs.join(', ')}}`;
}
