// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells and scenario files write variables like that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, fixture } from '../fixtures/accept.ts';
import { ImportNotes } from '../notes.ts';
import { type CurlOptions, importCurl } from './import.ts';
import { parseCurl } from './options.ts';

async function imported(text: string, options: Partial<CurlOptions> = {}) {
  const notes = new ImportNotes();
  const { draft, secrets } = importCurl(text, { file: 'x.sh', name: 'x', host: null, as: 'flow', ...options }, notes);
  const { yaml, scenario } = await accepted(draft, notes, secrets);
  const counts: Record<string, number> = {};
  for (const { what, count } of notes.leftOut) counts[what] = (counts[what] ?? 0) + count;
  return { draft, secrets, yaml, scenario, notes, counts, steps: scenario.flows[0]!.steps };
}

test('what browsers copy comes over, without its secrets', async () => {
  const { steps, scenario, yaml, counts, secrets } = await imported(fixture('curl/fixtures/browsers.sh'));
  assert.deepEqual(
    steps.map(({ name, path }) => [name, path]),
    [
      ['GET /api/items', '/api/items?page=2&q=red%20hat'],
      ['POST /api/cart', '/api/cart'],
      ['POST /upload', '/upload'],
      ['POST /login', '/login'],
    ],
  );
  assert.deepEqual(steps[0]!.headers, {
    accept: 'application/json',
    'accept-language': 'en-US,en;q=0.9',
    authorization: 'Bearer secret of BEARER_TOKEN',
    referer: 'https://shop.example/',
    'user-agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  });
  assert.deepEqual(steps[1]!.body, {
    kind: 'json',
    value: { sku: 'A-1', note: "it's ! greaté", password: 'secret of PASSWORD', n: 3 },
  });
  assert.deepEqual(steps[2]!.body, {
    kind: 'multipart',
    parts: [{ name: 'title', value: 'photo', base64: false, fileName: null, contentType: null }],
  });
  assert.deepEqual(steps[3]!.body, {
    kind: 'form',
    fields: { user: 'ann', password: 'secret of PASSWORD', next: '/' },
  });
  assert.equal(scenario.cookies, true);
  assert.deepEqual(
    secrets.map(({ env }) => env),
    ['BEARER_TOKEN', 'PASSWORD'],
  );
  assert.equal(counts['request to another host'], 1);
  assert.doesNotMatch(yaml, /hunter2|eyJhbGci|sid=abc|s3cret/);
});

const one = async (command: string) => {
  const { steps } = await imported(`curl http://h.example/p ${command}`);
  const { method, path, headers, body } = steps[0]!;
  return { method, path, headers, body };
};

test('each option means what it means to curl', async () => {
  assert.equal((await one('')).method, 'GET');
  assert.equal((await one('-I')).method, 'HEAD');
  assert.equal((await one('-X delete')).method, 'DELETE');
  assert.equal((await one('-XPUT -d a=1')).method, 'PUT');
  assert.deepEqual((await one('-d a=1 -d b=2')).body, { kind: 'form', fields: { a: '1', b: '2' } });
  assert.deepEqual((await one("--data-raw '@not-a-file' -H 'content-type: text/plain'")).body, {
    kind: 'text',
    text: '@not-a-file',
    contentType: 'text/plain',
  });
  assert.deepEqual((await one("--json '{\"a\":' --json '1}'")).body, { kind: 'json', value: { a: 1 } });
  assert.deepEqual((await one("--json '{}'")).headers, { accept: 'application/json' });
  assert.equal(
    (await one("-G -d page=1 --data-urlencode 'q=a b&c' --data-urlencode '=d e'")).path,
    '/p?page=1&q=a%20b%26c&d%20e',
  );
  assert.equal((await one("--url-query 'q=x y' --url-query +raw=1")).path, '/p?q=x%20y&raw=1');
  assert.deepEqual((await one('--compressed -A me -e http://r.example/a?b')).headers, {
    'accept-encoding': 'deflate, gzip, br, zstd',
    'user-agent': 'me',
    referer: 'http://r.example/',
  });
  assert.deepEqual((await one("-H 'X-Empty;' -H 'Accept:' -H 'x-a:b'")).headers, { 'x-empty': '', 'x-a': 'b' });
  assert.deepEqual((await one('-u ann:pw')).headers, { authorization: 'Basic secret of BASIC_CREDENTIALS' });
  assert.deepEqual((await one('--oauth2-bearer abc')).headers, { authorization: 'Bearer secret of BEARER_TOKEN' });
  assert.deepEqual((await one('-r 0-99')).headers, { range: 'bytes=0-99' });
  const form = (
    await one("-F 'a=1;type=text/x' -F 'f=@dir/photo.jpg;type=image/jpeg' -F 'g=<notes.txt' --form-string 'h=@x;y'")
  ).body;
  assert.ok(form?.kind === 'multipart');
  assert.deepEqual(
    form.parts.map(({ name, value, fileName, contentType }) => [name, value, fileName, contentType]),
    [
      ['a', '1', null, 'text/x'],
      ['f', 'placeholder for the content of a file\n', 'photo.jpg', 'image/jpeg'],
      ['g', 'placeholder for the content of a file\n', null, null],
      ['h', '@x;y', null, null],
    ],
  );
});

test('options in one word, after each other, and after --next', () => {
  const [first, second] = parseCurl([
    '-sSLXPOST',
    '-dx',
    '--no-buffer',
    '--no-progress-meter',
    'http://a',
    '--next',
    '-H',
    'b: c',
    '--url',
    'http://d',
    '--',
    '-e',
  ]);
  const shown = (part = first!) => part.options.map(({ option, value }) => `${option.long}=${value}`);
  assert.deepEqual(shown(), [
    'silent=',
    'show-error=',
    'location=',
    'request=POST',
    'data=x',
    'no-buffer=',
    'no-progress-meter=',
  ]);
  assert.deepEqual(first!.urls, ['http://a']);
  assert.deepEqual(shown(second), ['header=b: c']);
  assert.deepEqual(second!.urls, ['http://d', '-e']);
  assert.deepEqual(parseCurl(['--frobnicate', '7', '--what', 'http://x'])[0], {
    options: [],
    urls: ['http://x'],
    unknown: ['--frobnicate', '--what'],
  });
});

test('variables of the shell are those of the environment, wherever they stand', async () => {
  const { steps, scenario, secrets, draft } = await imported(
    `curl "$BASE_URL/users/$ID/x?k=$KEY" -H "Authorization: Bearer $TOKEN" -H "X-Trace: a-$TRACE" -d "{\\"n\\":\\"$NAME\\"}" -H 'content-type: application/json'`,
  );
  assert.equal(draft.origin, null);
  assert.equal(steps[0]!.path, '/users/{{path_part}}/x?k={{k}}');
  assert.deepEqual(scenario.variables, { path_part: 'secret of ID', k: 'secret of KEY' });
  assert.deepEqual(steps[0]!.headers, { authorization: 'Bearer secret of TOKEN', 'x-trace': 'a-secret of TRACE' });
  assert.deepEqual(steps[0]!.body, { kind: 'json', value: { n: 'secret of NAME' } });
  assert.deepEqual(secrets.map(({ env }) => env).sort(), ['ID', 'KEY', 'NAME', 'TOKEN', 'TRACE']);
});

test('what cannot be carried over is said with its count', async () => {
  const { counts, notes, steps } = await imported(`
    curl http://h.example/ok -kL --max-time 5 --http2 --proxy http://p -o out -v
    curl http://h.example/file -d @body.json
    curl http://h.example/put -T up.bin
    curl http://h.example/[1-9]
    curl http://h.example/{a,b}
    curl -g 'http://h.example/{a,b}'
    curl http://h.example/$(id)
    curl ftp://h.example/x
    curl http://h.example/cookies -b jar.txt --frobnicate
    wget http://h.example/
    curl -X PURGE http://h.example/
    curl http://other.example/`);
  assert.deepEqual(
    steps.map(({ path }) => path),
    ['/ok', '/%7Ba,b%7D', '/cookies'],
  );
  assert.deepEqual(counts, {
    'curl command': 7,
    'curl option': 5,
    'cookie file': 1,
    'unknown curl option': 1,
    // wget, and what the brackets of $(id) leave.
    command: 2,
    'request to another host': 1,
  } satisfies typeof counts);
  assert.match(JSON.stringify(notes.leftOut), /certificates are verified.*redirects are not followed/s);
});

test('other shells are refused with a sentence', () => {
  const refused = (text: string, says: RegExp) =>
    assert.throws(() => importCurl(text, { file: 'x', name: 'x', host: null, as: 'flow' }, new ImportNotes()), says);
  refused(
    'curl ^"https://shop.example/^" ^\r\n  -H ^"accept: */*^"',
    /Windows command prompt: copy it as "cURL \(bash\)"/,
  );
  refused('curl "https://shop.example/" ^\r\n  -H "accept: */*"', /Windows command prompt/);
  refused('Invoke-WebRequest -Uri "https://shop.example/"', /PowerShell/);
  refused('wget x', /no curl command that can be sent/);
});

test('each its own flow; another host', async () => {
  const { scenario } = await imported('curl http://a/x\ncurl http://b/y\ncurl http://a/z', { as: 'mix' });
  assert.deepEqual(
    scenario.flows.map(({ name }) => name),
    ['GET /x', 'GET /z'],
  );
  assert.deepEqual(
    (await imported('curl http://a/1\ncurl http://b/2', { host: 'b' })).steps.map(({ path }) => path),
    ['/2'],
  );
});
