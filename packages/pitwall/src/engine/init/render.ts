import { stringify } from 'yaml';
import { SECTIONS } from '../../config/schema.ts';
import { printable } from '../../errors.ts';
import type { Unit } from '../../model/indicator.ts';
import type { Json } from '../../model/json.ts';
import type { DetectedService, DetectedTarget } from '../init.ts';
import { type DefaultLimits, optionsOf } from './schema-options.ts';
import { mainOf } from './service-name.ts';

/** What to write for options that have no telling default. Lines of YAML, shown as comments. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'sqlite.queries': [
    'queries:',
    '  open-orders: SELECT * FROM orders WHERE closed_at IS NULL',
    '  orders-of-customer: { sql: "SELECT * FROM orders WHERE customer_id = ?", params: [[1], [2], [3]] }',
  ],
  'http.tls': ['tls: { ca: ca.pem, servername: shop.example }'],
};

/** Sections of the file that are shown with their defaults. */
const SECTIONS_SHOWN = {
  load: [
    'The load of `pitwall load` and of trials, to the endpoints above: so many users, each waiting for its answer.',
    'With `rate: 100` it is 100 requests a second instead. Other hosts than this are named under `allow: [HOST]`.',
  ],
  trial: ['How `apply` proves that a change helps: blocks of load before and after it.'],
} as const;

/**
 * pitwall.yaml for what was detected: `check` runs it unchanged, and each guessed value says what it was guessed from.
 * Pure.
 */
export function renderConfig(detected: DetectedService): string {
  const lines = [
    comment(
      `Written by \`pitwall init ${detected.url}\`. Values with a comment behind them were guessed from what it says.`,
    ),
    comment('Lines that begin with # show what else there is, with its default. Next: pitwall check'),
    'version: 1',
    '',
    ...serviceLines(detected),
    '',
    'targets:',
    ...detected.targets.flatMap(targetLines),
    ...detected.neighbours.map(({ title, address, because, supported }) => {
      const what = supported
        ? 'it can be added as a target'
        : `this version of Pitwall has no integration for ${title} yet`;
      return `  ${comment(`Also on this host: ${title} on ${address} (${because}); ${what}.`)}`;
    }),
    ...detected.remarks.map((remark) => `  ${comment(remark)}`),
    '',
    ...objectiveLines(detected.limits),
    ...sectionLines('load'),
    ...sectionLines('trial'),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function serviceLines({ name, nameFrom, listeners }: DetectedService): string[] {
  const main = mainOf(listeners);
  const unit = main?.systemdUnit ?? null;
  const stop = `[systemctl, stop, ${unit ? scalar(unit) : 'NAME.service'}]`;
  return [
    'service:',
    `  name: ${scalar(name)}  ${comment(`from ${nameFrom}`)}`,
    ...listeners.map(({ pid, name, systemdUnit, cgroup }) => {
      const unitText = systemdUnit ? `unit ${systemdUnit}` : 'no systemd unit';
      return `  ${comment(`listening: process ${pid} (${name}), ${unitText}, cgroup ${cgroup ?? 'not readable'}`)}`;
    }),
    `  ${comment('Only for changes that need a restart (`--allow-restart`), as lists of arguments:')}`,
    `  # stop: ${stop}`,
    `  # start: ${stop.replace('stop', 'start')}`,
  ];
}

function targetLines({ id, integration, options, notes, unset }: DetectedTarget): string[] {
  const entries = Object.entries(options as Record<string, Json>);
  const lines = integration === id ? [] : [`integration: ${scalar(integration)}`];
  for (const [name, value] of entries) lines.push(...optionLines(name, value, notes));
  const bare = lines.length === 0;
  lines.push(...unset.flatMap((option) => unsetLines(integration, option)));
  return [`  ${scalar(id)}:${bare ? ' {}' : ''}`, ...lines.map((line) => `    ${line}`)];
}

function optionLines(name: string, value: Json, notes: Readonly<Record<string, string>>): string[] {
  const note = notes[name] === undefined ? '' : `  ${comment(notes[name])}`;
  if (!Array.isArray(value)) return [`${scalar(name)}: ${flow(value)}${note}`];
  return [
    `${scalar(name)}:${note}`,
    ...value.map((item: Json, index) => {
      const itemNote = notes[`${name}.${index}`];
      return `  - ${flow(item)}${itemNote === undefined ? '' : `  ${comment(itemNote)}`}`;
    }),
  ];
}

function unsetLines(integration: string, option: DetectedTarget['unset'][number]): string[] {
  const example = EXAMPLES[`${integration}.${option.name}`];
  const description = option.description ? `  ${comment(option.description)}` : '';
  if (example) return example.map((line, index) => `# ${line}${index === 0 ? description : ''}`);
  if (option.default === undefined) return [];
  return [`# ${option.name}: ${amount(option.name, option.default)}${description}`];
}

function objectiveLines(limits: readonly DefaultLimits[]): string[] {
  if (limits.length === 0) return [];
  return [
    comment(
      'Limits on indicators. An indicator without an entry has these defaults; `labels` and `on` make one narrower.',
    ),
    '# objectives:',
    ...limits.map((limit) => {
      const parts = (['target', 'warning', 'critical'] as const).flatMap((name) =>
        limit[name] === undefined ? [] : [`${name}: ${quantity(limit[name], limit.unit)}`],
      );
      return `#   - { indicator: ${limit.indicator}, ${parts.join(', ')} }  ${comment(limit.source)}`;
    }),
    '',
  ];
}

function sectionLines(name: keyof typeof SECTIONS_SHOWN): string[] {
  const options = optionsOf(SECTIONS[name], {}).filter(
    (option) => option.default !== undefined && !isEmptyList(option.default),
  );
  return [
    ...SECTIONS_SHOWN[name].map(comment),
    `# ${name}:`,
    ...options.map(
      (option) => `#   ${option.name}: ${amount(option.name, option.default!)}  ${comment(option.description)}`,
    ),
    '',
  ];
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** A default with its unit where the name tells it, for the eye: the plain number in SI would be as valid. */
function amount(name: string, value: Json): string {
  if (typeof value !== 'number') return flow(value);
  if (/(duration|warmup|timeout|budget)$/i.test(name)) return quantity(value, 's');
  if (/tolerance$/i.test(name)) return quantity(value, '1');
  return /copyLimit$/.test(name) ? quantity(value, 'By') : flow(value);
}

/** An amount as people write it, exactly. */
function quantity(value: number, unit: Unit): string {
  const exact = (number: number): string => String(Number(number.toPrecision(12)));
  if (unit === '1') return `${exact(value * 100)}%`;
  if (unit === 's' && value >= 86_400 && value % 86_400 === 0) return `${value / 86_400}d`;
  if (unit === 's') return value >= 1 || value === 0 ? `${exact(value)}s` : `${exact(value * 1000)}ms`;
  if (unit === 'By' && value >= 2 ** 30 && value % 2 ** 30 === 0) return `${value / 2 ** 30}GiB`;
  if (unit === 'By' && value >= 2 ** 20 && value % 2 ** 20 === 0) return `${value / 2 ** 20}MiB`;
  if (unit === 'By') return `${value}B`;
  return exact(value);
}

/** One line that YAML takes for a comment, whatever the text came from. */
function comment(text: string): string {
  return `# ${printable(text)}`;
}

/** A value on one line, quoted where YAML needs it. Names from outside must not become references to secrets. */
function flow(value: Json): string {
  const escaped = JSON.parse(JSON.stringify(value).replaceAll('${', () => '$${')) as Json;
  const text = stringify(escaped, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 }).trimEnd();
  if (!/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) return text;
  // JSON is YAML, on one line; what it leaves unescaped YAML would not take.
  return JSON.stringify(escaped).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function scalar(text: string): string {
  return flow(text);
}
