/**
 * Metrics as text, in the two formats that Prometheus and its friends read:
 * `prometheus`, the text format 0.0.4, also of node_exporter's textfile collector
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), and `openmetrics` 1.0
 * (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
 */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

export interface Sample {
  /** After the family's name: `_bucket`, `_count`, `_sum`. */
  readonly suffix?: '_bucket' | '_count' | '_sum';
  readonly labels: Readonly<Record<string, string>>;
  /** Samples that are not a number are left out: nothing is better than a wrong zero. */
  readonly value: number;
}

export interface Family {
  /** Without `_total` and `_info`, which the type adds; ends with the unit when there is one. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'summary' | 'histogram' | 'info';
  readonly unit?: 'seconds' | 'bytes' | 'ratio';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Of a label's value or a help text. OpenMetrics also wants quotes escaped in the help; our texts have none. */
function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

/** `[a-zA-Z_][a-zA-Z0-9_]*`, and not reserved. */
export function labelName(text: string): string {
  const name = text.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  return name === '' || name.startsWith('__') ? `label${name}` : name;
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** As OpenMetrics wants bounds and quantiles: `1.0`, not `1`. */
export function canonical(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : number(value);
}

const SUFFIX = { counter: '_total', info: '_info', gauge: '', summary: '', histogram: '' } as const;

function lines({ name, type, unit, help, samples }: Family, format: ExpositionFormat): readonly string[] {
  const suffix = SUFFIX[type];
  const open = format === 'openmetrics';
  const family = open ? name : name + suffix;
  const seen = new Set<string>();
  const written = samples
    .filter(({ value }) => !Number.isNaN(value))
    .map((sample) => {
      const series = (labels: Readonly<Record<string, string>>): string => {
        const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
        return `${name}${sample.suffix ?? suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`}`;
      };
      // Two series of one name make the whole text invalid: names that look alike once cleaned are numbered.
      let unique = series(sample.labels);
      for (let nth = 2; seen.has(unique); nth++) unique = series({ ...sample.labels, nth: String(nth) });
      seen.add(unique);
      return `${unique} ${number(sample.value)}`;
    });
  if (written.length === 0) return [];
  return [
    `# HELP ${family} ${escaped(help)}`,
    `# TYPE ${family} ${type === 'info' && !open ? 'gauge' : type}`,
    ...(unit === undefined || !open ? [] : [`# UNIT ${family} ${unit}`]),
    ...written,
  ];
}

/** All families that have a sample. */
export function expose(families: readonly Family[], format: ExpositionFormat): string {
  const end = format === 'openmetrics' ? ['# EOF'] : [];
  return `${[...families.flatMap((family) => lines(family, format)), ...end].join('\n')}\n`;
}
