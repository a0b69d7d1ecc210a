import { type ParseArgsConfig, parseArgs } from 'node:util';
import { PitwallError } from '../errors.ts';
import { closest } from '../model/closest.ts';
import { COMMON_OPTIONS, type Command, type Invocation, type OptionSpec } from './command.ts';

/** Parses a command's arguments. Throws USAGE with a sentence, and with what was probably meant. */
export function parseInvocation(command: Command, argv: readonly string[], signal: AbortSignal): Invocation {
  const specs: Readonly<Record<string, OptionSpec>> = Object.fromEntries(
    [commonOf(command), ...(command.forms ?? []).map((form) => form.options), command.options].flatMap(Object.entries),
  );
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, spec] of Object.entries(specs)) {
    options[name] = {
      type: spec.value ? 'string' : 'boolean',
      ...(spec.short ? { short: spec.short } : {}),
      ...(spec.multiple ? { multiple: true } : {}),
    };
  }
  const usage = (what: string) => new PitwallError('USAGE', { what, command: command.name });
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string | boolean | string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (!spec) {
      const refused = Object.entries(command.without ?? {}).find(
        ([name]) => name === token.name || COMMON_OPTIONS[name]?.short === token.name,
      );
      if (refused) throw usage(`pitwall ${command.name} takes no --${refused[0]}: ${refused[1]}.`);
      throw usage(`There is no flag ${token.rawName}${meantBy(token.name, Object.keys(specs))}`);
    }
    if (spec.value && token.value === undefined) throw usage(`${token.rawName} needs a value (${spec.value}).`);
    if (!spec.value && token.value !== undefined) throw usage(`${token.rawName} takes no value.`);
    if (spec.multiple) values[token.name] = [...((values[token.name] as string[]) ?? []), token.value!];
    else values[token.name] = token.value ?? true;
  }
  if (positionals.length < command.minPositionals && !values.help)
    throw usage(`pitwall ${command.name} needs ${command.positionals}.`);
  if (positionals.length > command.maxPositionals)
    throw usage(`pitwall ${command.name} does not take ${positionals[command.maxPositionals]!}.`);
  refuseOfOtherForms(command, values, positionals);
  return { command: command.name, values, positionals, signal };
}

/** The form of a command that its arguments name; the command itself where they name none. */
export function formOf(command: Command, [first]: readonly string[]): Command {
  return command.forms?.find(({ name }) => name === `${command.name} ${first}`) ?? command;
}

/** Throws USAGE for an argument that is no form, and for a flag of another form. */
function refuseOfOtherForms(command: Command, values: Invocation['values'], positionals: readonly string[]): void {
  if (!command.forms || values.help) return;
  const form = formOf(command, positionals);
  const refuse = (what: string) => new PitwallError('USAGE', { what, command: form.name });
  if (form === command && positionals[0] !== undefined) {
    const names = command.forms.map(({ name }) => name.slice(command.name.length + 1));
    const meant = closest(positionals[0], names);
    throw refuse(
      `pitwall ${command.name} does not take ${positionals[0]}${meant ? `; did you mean ${meant}?` : `: it is ${names.join(' or ')}.`}`,
    );
  }
  const own = { ...commonOf(command), ...form.options };
  const odd = Object.keys(values).find((name) => !Object.hasOwn(own, name));
  if (odd !== undefined) throw refuse(`--${odd} does nothing with pitwall ${form.name}.`);
  const given = positionals.length - (form === command ? 0 : 1);
  if (given < form.minPositionals) throw refuse(`pitwall ${form.name} needs ${form.positionals}.`);
  if (given > form.maxPositionals) throw refuse(`pitwall ${form.name} does not take ${positionals.at(-1)}.`);
}

/** What other tools call a flag that has another name here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  format: 'out',
  output: 'out',
  colour: 'no-color',
  color: 'no-color',
  verbose: 'details',
  silent: 'quiet',
  file: 'config',
};

/** The end of a sentence about a flag that there is not: `; did you mean --limit?` where one is near, by its name or by what others call it. */
function meantBy(name: string, known: readonly string[]): string {
  const own = closest(name, known);
  if (own !== null) return `; did you mean --${own}?`;
  const others = Object.entries(ELSEWHERE).filter(([, ours]) => known.includes(ours));
  const other = closest(
    name,
    others.map(([theirs]) => theirs),
  );
  return other === null ? '.' : `; did you mean --${ELSEWHERE[other]}?`;
}

/** The common flags that do something for a command. */
function commonOf({ without = {} }: Command): Readonly<Record<string, OptionSpec>> {
  return Object.fromEntries(Object.entries(COMMON_OPTIONS).filter(([name]) => !Object.hasOwn(without, name)));
}

/** The help of a command, for an 80-column terminal. */
export function helpText(command: Command): string {
  const flags = (specs: Command['options']) =>
    Object.entries(specs).map(
      ([name, { value, short, help, heading }]) =>
        [`${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`, help, heading] as const,
    );
  const own = flags(command.options);
  // A command may mean something of its own by a common flag: then only that is shown.
  const common = flags(
    Object.fromEntries(Object.entries(commonOf(command)).filter(([name]) => !Object.hasOwn(command.options, name))),
  );
  const width = Math.min(26, Math.max(...[...own, ...common].map(([flag]) => flag.length)));
  const list = (rows: readonly (readonly [flag: string, help: string, heading: string | undefined])[]) =>
    rows
      .flatMap(([flag, help, heading]) => [...(heading ? ['', `${heading}:`] : []), entry(flag, help, width)])
      .join('\n');
  const grouped = own[0]?.[2] !== undefined;
  return [
    `Usage: pitwall ${command.name}${command.positionals ? ` ${command.positionals}` : ''} [flags]`,
    '',
    wrap(command.description, 80).join('\n'),
    ...(own.length > 0 ? [...(grouped ? [] : ['', 'Flags:']), list(own)] : []),
    ...(command.forms ?? []).flatMap(({ name, positionals, summary }, i) => [
      ...(i === 0 ? ['', 'Also (each has its own --help):'] : []),
      entry(`pitwall ${name}${positionals ? ` ${positionals}` : ''}`, summary ?? '', 26),
    ]),
    '',
    'Common flags:',
    list(common),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, what]) => [`  ${line}`, ...wrap(what, 72).map((text) => `      ${text}`)]),
    '',
  ].join('\n');
}

function entry(left: string, right: string, width: number): string {
  const lines = wrap(right, 80 - width - 4);
  const first =
    left.length > width ? `  ${left}\n${' '.repeat(width + 4)}${lines[0]}` : `  ${left.padEnd(width)}  ${lines[0]}`;
  return [first, ...lines.slice(1).map((line) => ' '.repeat(width + 4) + line)].join('\n');
}

/** Breaks a text into lines of at most `width` characters, at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)!;
    if (last && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}
