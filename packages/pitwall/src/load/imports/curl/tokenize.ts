// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells and scenario files write variables like that.
/** One command of a file: its words, or why it cannot be read without a shell. Nothing here is ever given to one. */
export interface ShellCommand {
  /** 1-based. */
  readonly line: number;
  readonly words: readonly string[];
  /** What only a shell could have done with it; null: nothing. */
  readonly problem: string | null;
  /** Environment variables that it names. */
  readonly variables: readonly string[];
}

/** Marks a variable in a word: characters that no text has, so that a `$` that was quoted stays one. */
const VARIABLE_BEGIN = '\ue000';
const VARIABLE_END = '\ue001';

/** A word with its variables written by `write`, and all other text by `text`. */
export function expandWord(word: string, text: (literal: string) => string, write: (name: string) => string): string {
  return word
    .split(/\ue000([A-Za-z_]\w*)\ue001/)
    .map((piece, index) => (index % 2 === 0 ? text(piece) : write(piece)))
    .join('');
}

export function hasVariable(word: string): boolean {
  return word.includes(VARIABLE_BEGIN);
}

interface State {
  readonly text: string;
  at: number;
  line: number;
  words: string[];
  word: string | null;
  problem: string | null;
  variables: string[];
}

/**
 * Splits text as a POSIX shell would: quotes ('…', "…", $'…' of bash), backslashes, line continuations, comments, and `;`, `&`,
 * `|`, brackets or a line break between commands. Where output goes is read over; what needs a shell (`$(…)`, `<`) makes the command
 * unusable.
 */
export function tokenize(given: string): readonly ShellCommand[] {
  // The two marks are private-use characters: in a text they would be taken for a variable.
  const text = given.replace(/[\ue000\ue001]/g, '\ufffd').replace(/\r\n?/g, '\n');
  const state: State = { text, at: 0, line: 1, words: [], word: null, problem: null, variables: [] };
  const commands: ShellCommand[] = [];
  let begun = 1;
  const end = (): void => {
    if (state.word !== null) state.words.push(state.word);
    if (state.words.length > 0) {
      commands.push({ line: begun, words: state.words, problem: state.problem, variables: state.variables });
    }
    Object.assign(state, { words: [], word: null, problem: null, variables: [] });
  };
  while (state.at < text.length) {
    if (state.words.length === 0 && state.word === null) begun = state.line;
    if (!step(state)) end();
  }
  end();
  return commands;
}

/** Reads one character or one quoted stretch; false when the command ends there. */
function step(state: State): boolean {
  const char = state.text[state.at]!;
  const next = state.text[state.at + 1];
  switch (char) {
    case '\n':
      state.line++;
      state.at++;
      return false;
    case ' ':
    case '\t':
      state.at++;
      if (state.word !== null) state.words.push(state.word);
      state.word = null;
      return true;
    case ';':
    case '&':
      state.at++;
      return false;
    case '#':
      if (state.word !== null) break;
      state.at = endOfLine(state);
      return true;
    case '\\':
      backslash(state);
      return true;
    case "'":
      singleQuoted(state);
      return true;
    case '"':
      doubleQuoted(state);
      return true;
    case '$':
      if (next === "'") ansiQuoted(state);
      else dollar(state);
      return true;
    case '`':
      return unusable(state, 'it has a command in backquotes');
    case '|':
      // What becomes of the output changes nothing about the request.
      state.at++;
      return false;
    case '>':
      skipRedirection(state);
      return true;
    case '<':
      return unusable(state, 'it reads from a file by redirection');
    case '(':
    case ')':
      state.at++;
      return false;
  }
  add(state, char);
  state.at++;
  return true;
}

/** `> file`, `2>/dev/null`, `>>log`, `2>&1`. */
function skipRedirection(state: State): void {
  if (state.word !== null && /^\d$/.test(state.word)) state.word = null;
  const redirection = />{1,2}[ \t]*(?:&\d|[^\s;&|<>]*)/y;
  redirection.lastIndex = state.at;
  state.at += redirection.exec(state.text)?.[0].length ?? 1;
}

/** What goes on the same line belongs to something else. */
function unusable(state: State, problem: string): boolean {
  state.problem ??= problem;
  state.at = endOfLine(state);
  return true;
}

function endOfLine({ text, at }: State): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function add(state: State, text: string): void {
  state.word = (state.word ?? '') + text;
}

function backslash(state: State): void {
  const next = state.text[state.at + 1];
  state.at += 2;
  if (next === '\n') state.line++;
  else if (next !== undefined) add(state, next);
}

function singleQuoted(state: State): void {
  const end = state.text.indexOf("'", state.at + 1);
  if (end < 0) {
    state.problem ??= "a ' is never closed";
    state.at = state.text.length;
    return;
  }
  take(state, state.text.slice(state.at + 1, end));
  state.at = end + 1;
}

function take(state: State, text: string): void {
  add(state, text);
  for (const char of text) if (char === '\n') state.line++;
}

function doubleQuoted(state: State): void {
  add(state, '');
  state.at++;
  while (state.at < state.text.length) {
    const char = state.text[state.at]!;
    if (char === '"') {
      state.at++;
      return;
    }
    if (char === '\\' && /[$`"\\\n]/.test(state.text[state.at + 1] ?? '')) backslash(state);
    else if (char === '$') dollar(state);
    else if (char === '`') {
      state.problem ??= 'it has a command in backquotes';
      state.at++;
    } else {
      take(state, char);
      state.at++;
    }
  }
  state.problem ??= 'a " is never closed';
}

/** `$NAME` and `${NAME}`; `$(…)` and other expansions are not done. */
function dollar(state: State): void {
  const found = /\$(?:\{([A-Za-z_]\w{0,99})\}|([A-Za-z_]\w{0,99}))/y;
  found.lastIndex = state.at;
  const match = found.exec(state.text);
  if (match) {
    const name = (match[1] ?? match[2])!;
    state.variables.push(name);
    add(state, `${VARIABLE_BEGIN}${name}${VARIABLE_END}`);
    state.at += match[0].length;
    return;
  }
  if (/[({@*#?!$0-9-]/.test(state.text[state.at + 1] ?? ''))
    state.problem ??= 'it has an expansion that only a shell can do';
  add(state, '$');
  state.at++;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  E: '\u001b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

/** `$'…'`: browsers quote like that whatever has a `!` or a line break in it. `\xHH` and octals are bytes of UTF-8. */
function ansiQuoted(state: State): void {
  add(state, '');
  state.at += 2;
  const bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) add(state, Buffer.from(bytes).toString('utf8'));
    bytes.length = 0;
  };
  while (state.at < state.text.length) {
    const char = state.text[state.at]!;
    if (char === "'") {
      state.at++;
      flush();
      return;
    }
    if (char !== '\\') {
      flush();
      take(state, char);
      state.at++;
      continue;
    }
    const code = /\\(?:x([\da-f]{1,2})|u([\da-f]{1,4})|U([\da-f]{1,8})|([0-7]{1,3})|(.))/isy;
    code.lastIndex = state.at;
    const match = code.exec(state.text);
    if (!match) break;
    state.at += match[0].length;
    if (match[1] !== undefined) bytes.push(Number.parseInt(match[1], 16));
    else if (match[4] !== undefined) bytes.push(Number.parseInt(match[4], 8) & 0xff);
    else {
      flush();
      const point = Number.parseInt(match[2] ?? match[3] ?? '', 16);
      if (!Number.isNaN(point)) add(state, point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd');
      else add(state, ESCAPES[match[5]!] ?? `\\${match[5]!}`);
    }
  }
  flush();
  state.problem ??= "a $' is never closed";
}
