import type { ThinkTime } from '../../model/scenario.ts';
import { meanThinkTime } from './think.ts';

/** 200, 0.5, 1,000,000: up to three digits after the point. */
export const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 3 });

/** `30 s`, `1 m 30 s`, `2 h`, `500 ms`. */
export function seconds(value: number): string {
  if (value < 1) return value === 0 ? '0 s' : `${number(value * 1000)} ms`;
  const rounded = Math.round(value * 1000) / 1000;
  const parts: [number, string][] = [
    [Math.floor(rounded / 3600), 'h'],
    [Math.floor((rounded % 3600) / 60), 'm'],
    [rounded % 60, 's'],
  ];
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${number(amount)} ${unit}`)
    .join(' ');
}

export const users = (count: number): string => `${number(count)} ${count === 1 ? 'user' : 'users'}`;

/** `200 requests/s`. */
export const rate = (value: number, noun: string): string => `${number(value)} ${noun}/s`;

/** `, starting over 10 s, think time 1 s on average`: what may be said of users, or nothing. */
export function habits(rampUp: number | undefined, think: ThinkTime | undefined): string {
  const starting = rampUp ? `, starting over ${seconds(rampUp)}` : '';
  if (!think || meanThinkTime(think) === 0) return starting;
  const average = think.distribution === 'constant' ? '' : ' on average';
  return `${starting}, think time ${seconds(meanThinkTime(think))}${average}`;
}

/** `, at random times`: what is said of arrivals that are not even. */
export const randomness = (arrivals: 'even' | 'poisson' | undefined): string =>
  arrivals === 'poisson' ? ', at random times' : '';
