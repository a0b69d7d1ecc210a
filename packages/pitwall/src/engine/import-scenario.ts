import { appendFileSync, closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { PitwallError, reasonOf } from '../errors.ts';
import { type AccessLogOptions, importAccessLog } from '../load/imports/access-log/import.ts';
import type { LogSummary } from '../load/imports/access-log/study.ts';
import { importCurl } from '../load/imports/curl/import.ts';
import type { ScenarioDraft } from '../load/imports/draft.ts';
import { importHar, type NamedCorrelation } from '../load/imports/har/import.ts';
import { headLines, leftOutLine } from '../load/imports/head.ts';
import { ImportNotes, type LeftOut, NothingToImport } from '../load/imports/notes.ts';
import { importOpenApi } from '../load/imports/openapi/import.ts';
import { readHead, readText } from '../load/imports/reading.ts';
import { renderScenario } from '../load/imports/render.ts';
import type { SecretPlaceholder } from '../load/imports/secrets.ts';
import { IMPORT_FORMATS, type ImportFormat, SNIFFED_BYTES, sniff } from '../load/imports/sniff.ts';
import { traceLine } from '../load/imports/trace.ts';

export { IMPORT_FORMATS, type ImportFormat, leftOutLine };

export interface ImportRequest {
  readonly format: ImportFormat | 'auto';
  /** Several only for access logs: oldest first. */
  readonly files: readonly [string, ...string[]];
  /** Only this host is imported; null: the most frequent one. */
  readonly host: string | null;
  /** null: what is usual for the format. */
  readonly as: 'flow' | 'mix' | 'sessions' | null;
  /** Of an access log; null: found out. */
  readonly logFormat: string | null;
  readonly top: number;
  readonly withWrites: boolean;
  readonly static: 'flow' | 'inline' | 'none';
  /** Of the scenario; default: that of the file. */
  readonly name?: string;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export interface ImportResult {
  readonly format: ImportFormat;
  /** The scenario file. */
  readonly yaml: string;
  readonly name: string;
  readonly origin: string | null;
  readonly flows: number;
  readonly steps: number;
  readonly secrets: readonly SecretPlaceholder[];
  readonly leftOut: readonly LeftOut[];
  readonly remarks: readonly string[];
  /** Values that steps take out of responses for later ones; of a HAR. */
  readonly correlations: readonly NamedCorrelation[];
  /** What an access log says of the load. */
  readonly log: LogSummary | null;
  /** Writes the arrivals of an access log as a trace, and returns how many there were; null for the other formats. */
  readonly writeTrace: ((file: string) => Promise<number>) | null;
  /** The report as it is by now: writing a trace adds to it. */
  report(): Pick<ImportResult, 'leftOut' | 'remarks'>;
}

/** Browsers save bodies with everything else; a string of JavaScript ends at 512 MiB. */
const LARGEST = { har: 256 * 1024 ** 2, openapi: 32 * 1024 ** 2, curl: 16 * 1024 ** 2 } as const;

/** @throws PitwallError IMPORT_*, CONFIG_UNREADABLE */
export async function importScenario(request: ImportRequest): Promise<ImportResult> {
  const [file] = request.files;
  const format = request.format === 'auto' ? await sniffed(request) : request.format;
  if (format !== 'access-log' && request.files.length > 1) {
    throw new PitwallError('IMPORT_UNKNOWN', {
      file: request.files[1]!,
      reason: 'only access logs can be several files',
    });
  }
  const notes = new ImportNotes();
  const imported = await importWith(format, request, notes);
  const { draft } = imported;
  const report = () => ({ leftOut: notes.leftOut, remarks: notes.remarks });
  const { secrets = [], correlations = [] } = imported;
  const head = headLines({ format, file: basename(file), preface: draft.preface, secrets, ...report() });
  const { writeTrace } = imported;
  return {
    format,
    yaml: renderScenario(draft, head, file),
    name: draft.name,
    origin: draft.origin,
    flows: draft.flows.filter(({ disabled }) => disabled !== true).length,
    steps: draft.flows.flatMap((flow) => (flow.disabled === true ? [] : flow.steps)).length,
    secrets,
    ...report(),
    correlations,
    log: imported.summary ?? null,
    writeTrace: writeTrace ? (to) => traceTo(to, writeTrace) : null,
    report,
  };
}

/** What was left out is said also when nothing is left. */
async function importWith(format: ImportFormat, request: ImportRequest, notes: ImportNotes): Promise<Imported> {
  const [file] = request.files;
  try {
    return await IMPORTERS[format](request, request.name?.trim().slice(0, 200) || nameOf(file), notes);
  } catch (error) {
    if (!(error instanceof NothingToImport)) throw error;
    const details = { file, reason: error.message };
    throw new PitwallError('IMPORT_EMPTY', details, { cause: error, also: notes.leftOut.map(leftOutLine) });
  }
}

interface Imported {
  readonly draft: ScenarioDraft;
  readonly secrets?: readonly SecretPlaceholder[];
  readonly correlations?: readonly NamedCorrelation[];
  readonly summary?: LogSummary;
  writeTrace?(give: (at: number, flow: string) => void): Promise<void>;
}

type Importer = (request: ImportRequest, name: string, notes: ImportNotes) => Promise<Imported>;

const IMPORTERS: Readonly<Record<ImportFormat, Importer>> = {
  async har({ files: [file], host, as, static: files }, name, notes) {
    const text = await readText(file, LARGEST.har);
    return importHar(text, { file, name, host, as: as === 'mix' ? 'mix' : 'flow', static: files }, notes);
  },
  async openapi({ files: [file], withWrites }, name, notes) {
    return importOpenApi(await readText(file, LARGEST.openapi), { file, name, withWrites }, notes);
  },
  async curl({ files: [file], host, as }, name, notes) {
    return importCurl(
      await readText(file, LARGEST.curl),
      { file, name, host, as: as === 'mix' ? 'mix' : 'flow' },
      notes,
    );
  },
  'access-log'({ files, host, as, logFormat, top, seed, signal }, name, notes) {
    const options: AccessLogOptions = {
      files,
      format: logFormat,
      host,
      top,
      as: as === 'sessions' ? 'sessions' : 'mix',
      name,
      seed,
      ...(signal ? { signal } : {}),
    };
    return importAccessLog(options, notes);
  },
};

async function sniffed({ files: [file], logFormat }: ImportRequest): Promise<ImportFormat> {
  const format = sniff(await readHead(file, SNIFFED_BYTES), logFormat);
  if (format !== null) return format;
  throw new PitwallError('IMPORT_UNKNOWN', { file, reason: 'it looks like none of the formats; say which one it is' });
}

/** `shop.har` → `shop`, `access.log.2.gz` → `access`. */
function nameOf(file: string): string {
  const name = basename(file)
    .replace(/\.(?:gz|zst)$/i, '')
    .replace(/\.log[.-]\d+$/i, '')
    .replace(/\.(?:har|json|ya?ml|log|txt|sh|jsonl)$/i, '');
  return name.slice(0, 100) || 'imported';
}

/** Arrivals go into a file beside, which takes the place when all of them are there. Throws FILE_UNWRITABLE. */
async function traceTo(file: string, write: NonNullable<Imported['writeTrace']>): Promise<number> {
  const part = `${file}.part`;
  let arrivals = 0;
  let lines: string[] = [];
  let descriptor: number | null = null;
  try {
    const to = openSync(part, 'w');
    descriptor = to;
    const flush = (): void => {
      appendFileSync(to, lines.join(''));
      lines = [];
    };
    await write((at, flow) => {
      arrivals++;
      if (lines.push(traceLine(at, flow)) >= 4096) flush();
    });
    flush();
    closeSync(to);
    descriptor = null;
    renameSync(part, file);
    return arrivals;
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    rmSync(part, { force: true });
    if (error instanceof PitwallError) throw error;
    throw new PitwallError('FILE_UNWRITABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}
