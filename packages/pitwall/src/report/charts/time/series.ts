import type { Series } from '../../../model/report.ts';
import { labelText } from '../../content/words.ts';
import { formatValue } from '../../format.ts';
import { el } from '../../html/element.ts';
import { clean, cutMiddle } from '../../text.ts';
import { linearAxis, path } from '../plot.ts';
import { across, type TimeAxis } from './axis.ts';
import { joinSeries } from './join.ts';
import type { Headed } from './panels.ts';

/** Lines of one panel, and panels; what is beyond is named, and stands in the JSON. */
const MOST_LINES = 4;
const MOST_PANELS = 8;

/** What the host and the database did meanwhile: a panel for each name, a line for each set of labels. */
export function seriesPanels(time: TimeAxis, all: readonly Series[]): readonly Headed[] {
  const groups = Map.groupBy(
    all.filter((one) => joinSeries(one, time.end).length > 1),
    ({ target, name, unit }) => JSON.stringify([target, name, unit]),
  );
  return [...groups.values()].slice(0, MOST_PANELS).map((group, i): Headed => {
    const { target, name, unit } = group[0]!;
    const lines = group.slice(0, MOST_LINES).map((one) => joinSeries(one, time.end));
    const values = lines.flatMap((line) => line.map(([, value]) => value));
    // A ratio that never exceeds 1 is seen against the whole.
    const whole = unit === '1' && values.every((value) => value <= 1) ? 1 : 0;
    const axis = linearAxis(values, unit, whole);
    const heading = `${clean(name)} (${clean(target)})`;
    const more = group.length - lines.length;
    const names = group.slice(0, lines.length).map(({ labels }) => labelText(labels));
    return {
      heading: cutMiddle(heading, 60),
      keys: [
        ...names.map((text, k) => ({ style: `line${k}`, name: cutMiddle(text, 40) })).filter((key) => key.name !== ''),
        ...(more > 0 ? [{ style: '', name: `and ${more} more` }] : []),
      ],
      panel: {
        id: `over-time-series-${i}`,
        title: `${heading} over time`,
        description: `${heading} on the time axis of the load, between ${formatValue(Math.min(...values), unit)} and ${formatValue(Math.max(...values), unit)}.`,
        height: 64,
        axis,
        label: (value) => formatValue(value, unit),
        drawn: lines.map((line, k) =>
          el('path', {
            d: path(line.map(([at, value]) => [across(time, at), axis.height(value)] as const)),
            class: `curve line${k}`,
          }),
        ),
      },
    };
  });
}
