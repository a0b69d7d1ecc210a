import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { afterEach, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { LoadTick } from '../../model/load.ts';
import { createLiveView, type LiveView, type LiveViewOptions } from './live-view.ts';
import { sparkline } from './sparkline.ts';

const tick = (at: number, over: Partial<LoadTick> = {}): LoadTick => ({
  at,
  completed: 400,
  errors: 0,
  p50: 0.0031,
  p90: 0.0082,
  p99: 0.0264,
  bytes: 1_258_291,
  inFlight: 10,
  heat: [],
  ...over,
});

/** What a terminal shows of what was written to it: enough of one for what the view uses. Lines wrap as on a real one. */
class Screen {
  rows: string[] = [''];
  columns: number;
  cursorHidden = false;
  #y = 0;
  #x = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** What was above stays, and long lines wrap anew, as terminals do it; the cursor stands below everything. */
  resize(columns: number): void {
    const text = this.rows.slice(0, this.#y);
    this.columns = columns;
    this.rows = text.flatMap((row) => row.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']);
    this.#y = this.rows.length;
    this.#x = 0;
    this.rows.push('');
  }

  write(text: string): void {
    for (const [, sequence, character] of text.matchAll(/(\u001b\[[?\d;]*[A-Za-z])|([\s\S])/gu)) {
      if (sequence !== undefined) this.#escape(sequence);
      else if (character === '\r') this.#x = 0;
      else if (character === '\n') this.#down();
      else this.#put(character!);
    }
  }

  #put(character: string): void {
    if (this.#x === this.columns) this.#down();
    const row = this.rows[this.#y]!.padEnd(this.#x);
    this.rows[this.#y] = row.slice(0, this.#x) + character + row.slice(this.#x + 1);
    this.#x++;
  }

  #down(): void {
    this.#y++;
    this.#x = 0;
    if (this.rows[this.#y] === undefined) this.rows.push('');
  }

  #escape(sequence: string): void {
    const count = Number(/\d+/.exec(sequence)?.[0] ?? 1);
    if (sequence === '\u001b[?25l') this.cursorHidden = true;
    else if (sequence === '\u001b[?25h') this.cursorHidden = false;
    else if (sequence.endsWith('A')) this.#y = Math.max(0, this.#y - count);
    else if (sequence.endsWith('K')) this.rows[this.#y] = this.rows[this.#y]!.slice(0, this.#x);
    else if (sequence.endsWith('J')) {
      this.rows[this.#y] = this.rows[this.#y]!.slice(0, this.#x);
      this.rows.length = this.#y + 1;
    } else assert.match(sequence, /\u001b\[(\?2026[hl]|[\d;]*m)/, 'an escape sequence that the screen does not know');
  }

  get text(): string {
    return this.rows.join('\n').trimEnd();
  }
}

const planned = { title: 'shop: constant rate 400/s, https://127.0.0.1:8443', duration: 30, rate: 400, users: 200 };

const views: LiveView[] = [];

function viewOn(screen: Screen, over: Partial<LiveViewOptions> = {}): { view: LiveView; writes: string[] } {
  const writes: string[] = [];
  const stream = {
    write(text: string) {
      writes.push(text);
      screen.write(text);
    },
  };
  const view = createLiveView({
    stream,
    columns: () => screen.columns,
    isTerminal: true,
    quiet: false,
    clean: (text) => text.replaceAll('s3cret', '‹redacted›'),
    planned,
    ...over,
  });
  views.push(view);
  return { view, writes };
}

describe('the live view on a terminal', () => {
  afterEach(() => {
    for (const view of views.splice(0)) view.done();
  });

  it('shows rate, percentiles, errors and the generator in eight lines', () => {
    const screen = new Screen(80);
    const { view } = viewOn(screen);
    view.tick(tick(1, { completed: 100, p99: 0.0132 }), { loopUtilisation: 0.31, late: 0 });
    view.tick(tick(2, { completed: 200, errors: 3 }), { loopUtilisation: 0.28, late: 2 });
    view.tick(tick(3));
    assert.equal(
      screen.text,
      `shop: constant rate 400/s, https://127.0.0.1:8443
3 s ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 30 s  10 %
requests/s  400 of 400        ▃▅█
p99         26.4 ms           ▅██
p50, p90    3.1 ms, 8.2 ms
errors      3 (0.429 %)
in flight   10                1.2 MiB/s received
generator   28 % busy         2 late`,
    );
    view.done();
    assert.equal(screen.text, '');
  });

  it('says that it starts until the first second is over', () => {
    const screen = new Screen(40);
    const { view } = viewOn(screen);
    assert.equal(screen.text, 'shop: constant rate 400/s, https://127…\nstarting …');
    view.tick(tick(1));
    assert.doesNotMatch(screen.text, /starting/);
  });

  it('takes a terminal that does not know its size for one of 80 columns', () => {
    const screen = new Screen(80);
    const { view } = viewOn(screen, { columns: () => 0, rows: () => 0 });
    view.tick(tick(1));
    assert.match(screen.text, /^requests\/s {2}400 of 400/m);
  });

  it('draws over itself, with one write a frame, and nothing is left of a longer line', () => {
    const screen = new Screen(80);
    const { view, writes } = viewOn(screen);
    view.tick(tick(1, { completed: 123_456 }));
    const before = writes.length;
    for (let at = 2; at <= 200; at++) view.tick(tick(at, { completed: 9 }));
    assert.equal(writes.length - before, 199);
    assert.equal(screen.rows.length, 8); // seven lines (nothing is known of the generator) and the cursor's
    assert.match(screen.text, /^requests\/s {2}9 of 400 {10}▁+$/m);
    assert.equal(/▁+$/m.exec(screen.text)?.[0].length, 49); // of the last 60 seconds, what there is room for
  });

  it('has no frame that is taller or wider than the terminal', () => {
    for (const columns of [12, 20, 40, 79, 80, 200]) {
      for (const rows of [2, 5, 50]) {
        const screen = new Screen(columns);
        const { view } = viewOn(screen, { rows: () => rows, planned: { ...planned, title: '自動販売機'.repeat(40) } });
        view.tick(tick(29, { completed: 1e9, inFlight: 1e9, p50: 119, p90: 119, p99: 119 }), {
          loopUtilisation: 1,
          late: 1e9,
        });
        view.tick(tick(30));
        assert.ok(screen.rows.length <= rows, `${screen.rows.length} rows of ${rows} at ${columns}:\n${screen.text}`);
      }
    }
  });

  it('keeps its place when the terminal becomes narrower or wider', () => {
    const screen = new Screen(100);
    screen.write('$ pitwall load\n');
    const { view } = viewOn(screen);
    view.tick(tick(1));
    for (const columns of [60, 33, 90, 47, 120]) {
      screen.resize(columns);
      view.tick(tick(2));
      assert.match(screen.text, /^\$ pitwall load\nshop: constant/, `at ${columns}`);
      assert.equal(screen.text.match(/^requests\/s/gm)?.length, 1, `at ${columns}:\n${screen.text}`);
      assert.equal(screen.text.match(/^shop/gm)?.length, 1);
    }
  });

  it('keeps notes above itself, without secrets and control characters', () => {
    const screen = new Screen(80);
    const { view } = viewOn(screen);
    view.note('before the first second');
    view.tick(tick(1));
    view.note('Authorization: s3cret\u001b[2J\nwas refused');
    view.tick(tick(2));
    assert.match(
      screen.text,
      /^before the first second\nAuthorization: ‹redacted› \[2J was refused\nshop:[^\n]*\n2 s /,
    );
    view.done();
    assert.equal(screen.text, 'before the first second\nAuthorization: ‹redacted› [2J was refused');
  });

  it('says — and leaves a gap where nothing was answered, and of what is not known', () => {
    const screen = new Screen(80);
    const { view } = viewOn(screen, { planned: { ...planned, rate: null } });
    view.tick(tick(1));
    view.tick(tick(2, { completed: 0, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN, inFlight: Number.NaN }));
    view.tick(tick(3), { targetRate: 800 });
    view.tick(tick(4, { completed: 0, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN, inFlight: Number.NaN }));
    assert.match(screen.text, /^requests\/s {2}0 of 800 {10}▅▁▅▁$/m);
    assert.match(screen.text, /^p99 {9}— {17}█ █$/m);
    assert.match(screen.text, /^p50, p90 {4}—$/m);
    assert.match(screen.text, /^in flight {3}— /m);
  });

  it('counts requests where they are what ends it', () => {
    const screen = new Screen(60);
    const { view } = viewOn(screen, { planned: { title: 'shop', duration: 600, rate: null, users: 10, requests: 50 } });
    view.tick(tick(0.4, { completed: 20 }));
    assert.match(screen.text, /^20 ━+╌+ 50 requests {2}40 %$/m);
    assert.match(screen.text, /^requests\/s {2}50 /m, 'twenty within less than half a second');
    view.tick(tick(1.4, { completed: 30 }));
    assert.match(screen.text, /^50 ━+ 50 requests {2}100 %$/m);
    assert.doesNotMatch(screen.text, /10 m/);
  });

  it('says the longest time where iterations end it that are not seen here', () => {
    const screen = new Screen(60);
    const { view } = viewOn(screen, {
      planned: { title: 'shop', duration: 600, rate: null, users: 10, requests: null, flows: true },
    });
    view.tick(tick(3));
    assert.match(screen.text, /^3 s of at most 10 m/m);
    assert.doesNotMatch(screen.text, /% *$/m);
  });

  it('does not compare requests with a rate of iterations that have several', () => {
    const screen = new Screen(60);
    const { view } = viewOn(screen, { planned: { title: 'shop', duration: 30, rate: 20, users: 10, flows: true } });
    view.tick(tick(3, { completed: 35 }));
    assert.match(screen.text, /^requests\/s {2}35 +█$/m);
    assert.match(screen.text, /^planned {5}20 iterations\/s$/m);
  });

  it('says the same with colours', () => {
    const [plain, colored] = [new Screen(80), new Screen(80)];
    const [one, other] = [viewOn(plain), viewOn(colored, { color: true })];
    for (const { view } of [one, other]) view.tick(tick(3, { errors: 7 }), { loopUtilisation: 0.9, late: 1 });
    assert.equal(colored.text, plain.text);
    assert.ok(other.writes.join('').includes('\u001b[31m'));
    assert.equal(stripVTControlCharacters(other.writes.join('')), stripVTControlCharacters(one.writes.join('')));
  });

  it('hides the cursor while it is there, and holds on to nothing afterwards', () => {
    const listeners = () => ['exit', 'SIGQUIT', 'SIGTSTP', 'SIGCONT'].map((event) => process.listenerCount(event));
    const before = listeners();
    const screen = new Screen(80);
    const { view } = viewOn(screen);
    view.tick(tick(1));
    assert.ok(screen.cursorHidden);
    assert.notDeepEqual(listeners(), before);
    view.done();
    view.done();
    view.tick(tick(2));
    view.note('afterwards');
    assert.equal(screen.text, 'afterwards');
    assert.ok(!screen.cursorHidden);
    assert.deepEqual(listeners(), before);
  });
});

/** Runs a view in a process of its own; `then` is what it does after the first frame. */
function ended(then: string): Promise<{ output: string; code: number | null; signal: string | null }> {
  const script = `
    import { createLiveView } from ${JSON.stringify(new URL('./live-view.ts', import.meta.url).href)};
    const view = createLiveView({ stream: process.stdout, columns: () => 80, isTerminal: true, quiet: false,
      clean: (text) => text, planned: ${JSON.stringify(planned)} });
    view.tick(${JSON.stringify(tick(1))});
    ${then}`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ output, code, signal }));
  });
}

describe('the cursor', () => {
  const cases = [
    ['process.exit', 'process.exit(3);', 3, null],
    ['an uncaught error', 'throw new Error("boom");', 1, null],
    ['the end of the process', '', 0, null],
    ['Ctrl-\\', 'setInterval(() => {}, 1000); process.kill(process.pid, "SIGQUIT");', null, 'SIGQUIT'],
  ] as const;
  for (const [name, script, code, signal] of cases) {
    it(`is given back after ${name}`, async () => {
      const end = await ended(script);
      assert.deepEqual([end.code, end.signal], [code, signal]);
      assert.ok(end.output.includes('\u001b[?25l'));
      assert.ok(end.output.endsWith('\u001b[?25h'), JSON.stringify(end.output.slice(-40)));
    });
  }
});

describe('the live view elsewhere', () => {
  it('is a line every ten seconds, and one for the rest', () => {
    let text = '';
    const view = createLiveView({
      stream: { write: (chunk) => (text += chunk) },
      columns: () => 80,
      isTerminal: false,
      quiet: false,
      clean: (said) => said.replaceAll('s3cret', '‹redacted›'),
      planned: { ...planned, duration: 22.5 },
    });
    for (let at = 1; at <= 22; at++) view.tick(tick(at, { errors: at === 3 ? 2 : 0, p99: at === 4 ? 0.5 : 0.0264 }));
    view.note('s3cret\nis out');
    view.tick(tick(22.5, { completed: 0, p50: Number.NaN, p99: Number.NaN }));
    view.done();
    view.done();
    assert.equal(
      text,
      `shop: constant rate 400/s, https://127.0.0.1:8443
10 s of 22.5 s: 400 requests/s, p50 3.1 ms and p99 500 ms in the worst second, 2 errors, 10 in flight
20 s of 22.5 s: 400 requests/s, p50 3.1 ms and p99 26.4 ms in the worst second, 0 errors, 10 in flight
‹redacted› is out
23 s of 22.5 s: 320 requests/s, p50 3.1 ms and p99 26.4 ms in the worst second, 0 errors, 10 in flight
`,
    );
  });

  it('has a rate over the time that was measured, not over a second that was not a whole one', () => {
    for (const [over, said] of [
      [{ requests: 50, duration: 600 }, '50 of 50 requests after 125 ms: 400 requests/s, '],
      [{ requests: null, duration: 600 }, '125 ms of at most 10 min: 400 requests/s, '],
      [{ duration: 5 }, '125 ms of 5 s: 400 requests/s, '],
    ] as const) {
      let text = '';
      const view = createLiveView({
        stream: {
          write(said: string) {
            text += said;
          },
        },
        columns: () => 80,
        isTerminal: false,
        quiet: false,
        clean: (said) => said,
        planned: { ...planned, ...over },
      });
      view.tick(tick(1, { completed: 50 }));
      view.done(0.125);
      view.done();
      const [, line, ...more] = text.split('\n');
      assert.ok(line!.startsWith(said), line);
      assert.deepEqual(more, ['']);
    }
  });
  it('is nothing with quiet', () => {
    for (const isTerminal of [true, false]) {
      const screen = new Screen(80);
      const { view, writes } = viewOn(screen, { quiet: true, isTerminal });
      view.tick(tick(1));
      view.note('nobody hears it');
      view.done();
      assert.deepEqual(writes, []);
    }
  });
});

describe('a sparkline', () => {
  it('is high where the values are, from zero on, with gaps', () => {
    assert.equal(sparkline([0, 1, 7, null, 3.5, Number.NaN], 10), '▁▂█ ▅ ');
    assert.equal(sparkline([1, 2, 3, 4], 2), '▆█');
    assert.equal(sparkline([0, 0], 5), '▁▁');
    assert.equal(sparkline([1], 0), '');
    assert.equal(sparkline([], 5), '');
  });
});
