import { readReport } from './read-report.ts';
import { view } from './view.ts';

/** Larger files are refused before they are read into memory. Bytes. */
const LARGEST = 64 * 1024 ** 2;
/** Milliseconds. */
const TIME_LIMIT = 30_000;

const message = document.querySelector('#message')!;
const main = document.querySelector('#report')!;
const picker = document.querySelector<HTMLInputElement>('#file')!;

function show(text: string): void {
  const read = readReport(text);
  if ('problem' in read) {
    say(read.problem);
    return;
  }
  message.textContent = '';
  main.replaceChildren(view(read.report));
  document.title = `${read.report.run.service} · Pitwall`;
}

/** One sentence; what was shown before is taken away, so that nobody reads it as the new file. */
function say(problem: string): void {
  main.replaceChildren();
  message.textContent = problem;
}

async function open(file: File | null | undefined): Promise<void> {
  if (!file) return;
  if (file.size > LARGEST) say(`${file.name} is larger than ${LARGEST / 1024 ** 2} MiB, which no report is.`);
  else {
    try {
      show(await file.text());
    } catch {
      say(`${file.name} cannot be read.`);
    }
  }
}

/** `?report=…`: of this origin only, so that a link cannot make this page show somebody else's figures as ours. */
async function load(reference: string): Promise<void> {
  const url = URL.parse(reference, location.href);
  if (url?.origin !== location.origin) {
    say('The report in the address is not on this server, and is not loaded.');
    return;
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIME_LIMIT) });
    const size = Number(response.headers.get('content-length') ?? 0);
    if (!response.ok) say(`The server answered ${response.status} instead of a report.`);
    else if (size > LARGEST) say('What the address names is too large to be a report.');
    else show(await response.text());
  } catch {
    say('The report in the address cannot be loaded.');
  }
}

picker.addEventListener('change', () => void open(picker.files?.[0]));
addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('dropping');
});
addEventListener('dragleave', () => document.body.classList.remove('dropping'));
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('dropping');
  void open(event.dataTransfer?.files[0]);
});
const reference = new URLSearchParams(location.search).get('report');
if (reference !== null) void load(reference);
