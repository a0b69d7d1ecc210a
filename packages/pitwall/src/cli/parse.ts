import { type ParseArgsConfig, parseArgs } from 'node:util';
import { PitwallError } from '../errors.ts';
import { closest } from '../model/closest.ts';
import { COMMON_OPTIONS, type Command, type Invocation, type OptionSpec } from './command.ts';

/** Parses a command's arguments. Throws USAGE with a sentence, and with what was probably meant. */
export function parseInvocation(command: Command, argv: readonly string[], signal: AbortSignal): Invocation {
  const specs = { ...commonOf(command), ...command.options };
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
      const meant = closest(token.name, Object.keys(specs));
      throw usage(`There is no flag ${token.rawName}${meant ? `; did you mean --${meant}?` : '.'}`);
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
  return { command: command.name, values, positionals, signal };
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
