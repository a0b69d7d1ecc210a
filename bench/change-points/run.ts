/**
 * E-divisive on the Numenta Anomaly Benchmark (series with labelled windows, https://github.com/numenta/NAB, MIT licence), made into
 * what a history of runs is: about a hundred values, each the median of a stretch. For each folder of NAB: how many labelled windows
 * have a change point within or one value beside them, how many change points there are, and which share of them lies at a window. As a
 * yardstick, as many change points at random places. NAB labels anomalies and not changes of level, and says nothing of real changes that
 * nobody labelled (a day is not a night): it is a check of sanity and speed and no score.
 * Usage: node bench/change-points/run.ts NAB_FOLDER   (the one with data/ and labels/)
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eDivisive } from '../../packages/pitwall/src/stats/e-divisive.ts';
import { median } from '../../packages/pitwall/src/stats/quantile.ts';
import { seededRandom } from '../../packages/pitwall/src/stats/random.ts';
import { table } from '../table.ts';

const VALUES = 100;
const folder = process.argv[2];
if (folder === undefined || !existsSync(join(folder, 'labels', 'combined_windows.json'))) {
  console.error('Name the folder of NAB: node bench/change-points/run.ts NAB_FOLDER');
  process.exit(2);
}
const labels: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = JSON.parse(
  readFileSync(join(folder, 'labels', 'combined_windows.json'), 'utf8'),
);

interface Found {
  readonly windows: number;
  readonly hit: number;
  readonly changes: number;
  readonly atWindow: number;
  /** Expected of as many change points at random places. */
  readonly hitByChance: number;
  readonly seconds: number;
}

const random = seededRandom(1);
const kinds = Map.groupBy(Object.keys(labels), (file) => file.split('/')[0]!);
const rows = [...kinds].map(([kind, files]) => {
  const found = files.map((file) => judge(join(folder, 'data', file), labels[file]!));
  const sum = (of: (one: Found) => number) => found.reduce((total, one) => total + of(one), 0);
  const share = (part: number, whole: number) => (whole === 0 ? '—' : `${((100 * part) / whole).toFixed(0)} %`);
  return [
    kind,
    String(files.length),
    String(sum(({ windows }) => windows)),
    `${sum(({ hit }) => hit)} (by chance ${sum(({ hitByChance }) => hitByChance).toFixed(1)})`,
    String(sum(({ changes }) => changes)),
    share(
      sum(({ atWindow }) => atWindow),
      sum(({ changes }) => changes),
    ),
    (sum(({ seconds }) => seconds) / files.length).toFixed(2),
  ];
});
table(['series', 'files', 'windows', 'with a change point', 'change points', 'at a window', 's a series'], rows);

function judge(file: string, labelled: (typeof labels)[string]): Found {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  const points = lines.map((line) => line.split(',') as [string, string]);
  const size = points.length / VALUES;
  const stretches = Array.from({ length: VALUES }, (_, i) =>
    points.slice(Math.round(i * size), Math.round((i + 1) * size)),
  );
  const values = stretches.map((stretch) => median(stretch.map(([, value]) => Number(value))));
  const start = performance.now();
  const changes = eDivisive(values).map(({ index }) => index);
  const seconds = (performance.now() - start) / 1000;
  const windows = labelled.map(([from, to]) => {
    const inside = stretches.map((stretch) => stretch.some(([at]) => at >= from.slice(0, 19) && at <= to.slice(0, 19)));
    // Where it begins and the value after its end: a change back is a change too.
    return [inside.indexOf(true) - 1, inside.lastIndexOf(true) + 2] as const;
  });
  const near = (index: number) => windows.some(([from, to]) => index >= from && index <= to);
  const hits = (at: readonly number[]) => windows.filter(([from, to]) => at.some((i) => i >= from && i <= to)).length;
  let chance = 0;
  for (let i = 0; i < 200; i++) chance += hits(changes.map(() => Math.floor(random() * VALUES))) / 200;
  return {
    windows: windows.length,
    hit: hits(changes),
    changes: changes.length,
    atWindow: changes.filter(near).length,
    hitByChance: chance,
    seconds,
  };
}
