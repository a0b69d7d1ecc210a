import { bytesText, counted, secondsText, short, timeText } from '../words.ts';
import { thinkOf } from './journeys.ts';
import type { LogSummary, QuantileSummary } from './study.ts';

/** What was measured, as paragraphs for the head of the file, with the loads that follow from it. */
export function prefaceOf(
  { requests, rate, sessions, bytes, duration }: LogSummary,
  { host, format, as }: { readonly host: string | null; readonly format: string; readonly as: 'mix' | 'sessions' },
): readonly string[] {
  const seconds = Math.max(1, rate.to - rate.from);
  const think = sessions.think;
  const pause = think && thinkOf(think);
  const shape = rate.dispersion['1s'] !== null && rate.dispersion['1s'] < 0.5 ? 'constant-rate' : 'poisson';
  // A journey is one arrival of several requests.
  const arrivals = as === 'sessions' ? sessions.sessions / seconds : (rate.busiestMinute ?? rate.mean);
  return [
    `${counted(requests, 'request')}${host === null ? '' : ` to ${host}`} read as ${format}, ${timeText(rate.from)} to ${timeText(rate.to)}.`,
    [
      `Rate: ${short(rate.mean)}/s on average`,
      `${short(rate.p95)} in 95 % of seconds or less`,
      `at most ${short(rate.peak)} in one`,
      ...(rate.busiestMinute === null ? [] : [`busiest minute ${short(rate.busiestMinute)}/s`]),
    ].join(', '),
    `Bursts (variance ÷ mean of the counts; 1 is Poisson): ${dispersion(rate.dispersion)}`,
    ...(bytes === null ? [] : [`Response sizes: mean ${bytesText(bytes.mean)}, ${quantileText(bytes, bytesText)}`]),
    ...(duration === null ? [] : [`Request times of the server: ${quantileText(duration, secondsText)}`]),
    `${counted(sessions.sessions, 'session')} of ${short(sessions.requestsEach)} requests each${
      think === null
        ? ''
        : `; pauses: median ${secondsText(think.median)}, mean ${secondsText(think.mean)}, sigma ${short(think.sigma)} (lognormal, ${think.count} pauses)`
    }`,
    `A load like it: { shape: ${shape}, rate: ${short(arrivals)} }${
      pause?.distribution === 'lognormal' && as === 'mix'
        ? `, or users with thinkTime: { lognormal: { mean: ${short(pause.mean)}s, sigma: ${pause.sigma} } }`
        : ''
    }. With its bursts as they were: import it --as trace.`,
  ];
}

function quantileText({ p50, p95, p99, max }: QuantileSummary, text: (value: number) => string): string {
  return `p50 ${text(p50)}, p95 ${text(p95)}, p99 ${text(p99)}, at most ${text(max)}`;
}

function dispersion(values: LogSummary['rate']['dispersion']): string {
  const known = Object.entries(values).flatMap(([window, value]) =>
    value === null ? [] : [`${short(value)} in windows of ${window.replace('s', ' s')}`],
  );
  return known.length === 0 ? 'the log is too short to say' : known.join(', ');
}
