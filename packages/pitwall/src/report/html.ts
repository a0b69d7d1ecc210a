import type { Report } from '../model/report.ts';
import { askedTexts, costText, runText, unmeasured } from './content/run.ts';
import { labelText, STATUS, STATUS_ORDER } from './content/words.ts';
import { countOf, formatDuration, formatNumber, formatValue } from './format.ts';
import { calibrationSection } from './html/calibration.ts';
import { comparisonSection } from './html/comparison.ts';
import { databaseSection } from './html/database.ts';
import { type Child, el, trusted } from './html/element.ts';
import { historySection } from './html/history.ts';
import { findingSection, verdictSection } from './html/judged.ts';
import { ledgerSection } from './html/ledger.ts';
import { loadSection } from './html/load.ts';
import { outcomeSection } from './html/outcomes.ts';
import { details, section, table } from './html/parts.ts';
import { pastSection } from './html/past.ts';
import { searchSection } from './html/search.ts';
import { STYLE } from './html/style.ts';
import { clean } from './text.ts';

/** Nothing may be loaded, run, sent or framed: the report is text and pictures in one file. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * The report as one HTML file that needs nothing else: no script, no request. All text of the report goes through
 * `html/element.ts`, which escapes it.
 */
export function renderHtml(report: Report): string {
  const run = runText(report);
  const head = el(
    'head',
    {},
    el('meta', { charset: 'utf-8' }),
    el('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
    el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    el('meta', { name: 'color-scheme', content: 'light dark' }),
    el('meta', { name: 'referrer', content: 'no-referrer' }),
    el('title', {}, `${run.service}: ${run.command}, ${run.when} · Pitwall`),
    el('style', {}, trusted(STYLE)),
  );
  const body = el(
    'body',
    {},
    header(report),
    el(
      'main',
      {},
      comparisonSection(report),
      calibrationSection(report),
      historySection(report),
      outcomeSection(report),
      verdictSection(report),
      findingSection(report),
      pastSection(report),
      databaseSection(report),
      searchSection(report),
      loadSection(report),
      ledgerSection(report),
      unknown(report),
      measured(report),
    ),
    el(
      'footer',
      {},
      `${askedTexts(report)
        .map((text) => `${text} `)
        .join('')}Pitwall itself used ${costText(report)}. ${run.versions}.`,
    ),
  );
  return `<!doctype html>\n${el('html', { lang: 'en' }, head, body).text}\n`;
}

function header(report: Report): Child {
  const run = runText(report);
  const tiles = STATUS_ORDER.map((status) => ({
    ...STATUS[status],
    count: report.verdicts.filter((verdict) => verdict.status === status).length,
  })).filter(({ count }) => count > 0);
  return el(
    'header',
    {},
    el('h1', {}, run.service, el('small', {}, run.command)),
    el('p', { class: 'soft' }, `${run.when} · ${run.duration} · ${run.host}`),
    el('p', { class: 'soft small' }, `run ${run.id}`),
    run.replayed === null ? null : el('p', {}, run.replayed),
    tiles.length === 0
      ? null
      : el(
          'ul',
          { class: 'tiles', 'aria-label': 'Objectives' },
          tiles.map(({ tone, count, counted }) => el('li', { class: tone }, el('b', {}, count), counted)),
        ),
  );
}

function unknown(report: Report): Child {
  const gaps = unmeasured(report);
  if (gaps.length === 0) return null;
  return section(
    'not-measurable',
    'Not measurable',
    'Not known, which is not the same as healthy.',
    table(
      'Not measurable',
      [{ label: 'Target' }, { label: 'What' }, { label: 'Why' }],
      gaps.map(({ target, what, why, hint }) => ({ cells: [target, what, hint === null ? why : `${why} ${hint}`] })),
    ),
  );
}

/** All indicators and what each collector cost: folded away, for those who want to look up something. */
function measured(report: Report): Child {
  if (report.indicators.length === 0 && report.collectors.length === 0) return null;
  const indicators = report.indicators.map((one) => ({
    cells: [
      clean(one.target),
      el('code', {}, clean(one.name)),
      labelText(one.labels),
      formatValue(one.value, one.unit),
      one.value === null ? { content: clean(one.because ?? ''), style: 'free' } : formatNumber(one.count),
    ],
  }));
  const collectors = report.collectors.map(({ target, collector, cost, failure }) => ({
    cells: [
      clean(target),
      el('code', {}, clean(collector)),
      formatDuration(cost.wallSeconds),
      formatDuration(cost.cpuSeconds),
      failure ? 'failed' : '',
    ],
  }));
  return section(
    'measured',
    'Everything measured',
    report.targets.map(({ id, title }) => `${clean(id)}: ${clean(title)}`).join(' · '),
    details(
      countOf(indicators.length, 'indicator'),
      table(
        'Indicators',
        [
          { label: 'Target' },
          { label: 'Indicator' },
          { label: 'Where' },
          { label: 'Value', figure: true },
          { label: 'Measurements', figure: true },
        ],
        indicators,
      ),
    ),
    details(
      `What measuring cost: ${countOf(collectors.length, 'collector')}`,
      table(
        'Collectors',
        [
          { label: 'Target' },
          { label: 'Collector' },
          { label: 'Time', figure: true },
          { label: 'CPU', figure: true },
          { label: 'Result' },
        ],
        collectors,
      ),
    ),
  );
}
