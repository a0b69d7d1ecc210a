import type { Report } from '../../model/report.ts';
import { type LoadSentence, loadSentences, loadTitle } from '../content/load.ts';
import { type Child, el } from './element.ts';
import { endpointFigure, loadTiles, spreadFigure, timeFigure } from './load/figures.ts';
import { agentsPart, connectionsPart, generatorPart } from './load/health.ts';
import { checksPart, endpointTable, errorsPart, stepTimesTable, timelineTable, timesTable } from './load/tables.ts';
import { section } from './parts.ts';

/** What has to be read before the figures are: in a frame of its tone. The rest is soft. */
function said({ text, tone }: LoadSentence): Child {
  return el('p', { class: tone === 'plain' ? 'soft small' : `banner ${tone}` }, text);
}

export function loadSection(report: Report): Child {
  const { load, loadBefore } = report;
  if (!load) return null;
  const sentences = loadSentences(report);
  return section(
    'load',
    'Load',
    loadTitle(load),
    sentences.filter(({ tone }) => tone !== 'plain').map(said),
    loadTiles(load),
    timeFigure(report),
    spreadFigure(load, loadBefore),
    timesTable(load),
    endpointFigure(load, loadBefore),
    endpointTable(report),
    stepTimesTable(load),
    errorsPart(load),
    checksPart(load),
    generatorPart(load),
    sentences.filter(({ tone, health }) => tone === 'plain' && !health).map(said),
    agentsPart(load),
    connectionsPart(load),
    loadBefore ? timelineTable(loadBefore, 'Second by second, before the changes') : null,
    timelineTable(load, loadBefore ? 'Second by second, after the changes' : 'Second by second'),
  );
}
