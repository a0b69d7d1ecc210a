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
  load: 'The load of `pitwall load` and of trials. It goes to the endpoints above; other hosts than this need `allow`.',
  trial: 'How `apply` proves that a change helps: blocks of load before and after it.',
} as const;

/**
 * pitwall.yaml for what was detected: `check` runs it unchanged, and each guessed value says what it was guessed from.
 * Pure.
 */
export function renderConfig(detected: DetectedService): string {
  const lines = [
    comment(`Written by \`pitwall init ${detected.url}\`. Values with a comment behind them were guessed from what it says.`),
    comment('Lines that begin with # show what else there is, with its default. Next: pitwall check'),
    'version: 1',
    '',
    ...serviceLines(detected),
    '',
    'targets:',
    ...detected.targets.flatMap(targetLines),
    ...detected.neighbours.map(({ title, address, because, supported }) => {
      const what = supported ? 'it can be added as a target' : `this version of Pitwall has no integration for ${title} yet`;
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
  const stop = unit ? `[systemctl, stop, ${scalar(unit)}]` : '[…]';
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
  return [`# ${option.name}: ${flow(option.default)}${description}`];
}

function objectiveLines(limits: readonly DefaultLimits[]): string[] {
  if (limits.length === 0) return [];
  return [
    comment('Limits on indicators. An indicator without an entry has these defaults; `labels` and `on` make one narrower.'),
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
  const options = optionsOf(SECTIONS[name]).filter((option) => option.default !== undefined && !isEmptyList(option.default));
  return [
    comment(SECTIONS_SHOWN[name]),
    `# ${name}:`,
    ...options.map((option) => `#   ${option.name}: ${flow(option.default!)}  ${comment(option.description)}`),
    '',
  ];
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** An amount as people write it, exactly. */
function quantity(value: number, unit: Unit): string {
  const exact = (number: number): string => String(Number(number.toPrecision(12)));
  if (unit === '1') return `${exact(value * 100)}%`;
  if (unit === 's' && value >= 86_400 && value % 86_400 === 0) return `${value / 86_400}d`;
  if (unit === 's') return value >= 1 || value === 0 ? `${exact(value)}s` : `${exact(value * 1000)}ms`;
  if (unit === 'By' && value >= 1 << 20 && value % (1 << 20) === 0) return `${value / (1 << 20)}MiB`;
  if (unit === 'By') return `${value}B`;
  return exact(value);
}

/** One line that YAML takes for a comment, whatever the text came from. */
function comment(text: string): string {
  return `# ${printable(text)}`;
}

/** A value on one line, quoted where YAML needs it. */
function flow(value: Json): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 }).trimEnd();
}

function scalar(text: string): string {
  return flow(text);
}
