import { printable } from '../../../errors.ts';
import type { PlanStep } from '../../../model/database.ts';

/** Steps that are shown: a plan over thousands of partitions is no tree that anybody reads. */
const MOST_STEPS = 400;
const NARROWEST = 40;

/**
 * A plan as lines of at most `width` characters that are safe to print: the tree, behind each step its rows (expected → got), its
 * own time and its loops, under it what it tests and, with `!`, what is wrong with it.
 */
export function planLines(plan: PlanStep, width = 80): readonly string[] {
  const lines: string[] = [];
  let steps = 0;
  const room = Math.max(NARROWEST, width);
  const walk = (step: PlanStep, first: string, rest: string): void => {
    if (++steps > MOST_STEPS) return;
    const behind = figuresOf(step);
    const title = cut(printable(step.title), room - first.length - (behind.length > 24 ? 0 : behind.length + 2));
    const line = `${first}${title}`;
    if (line.length + 2 + behind.length <= room) lines.push(behind === '' ? line : `${line}  ${behind}`);
    else lines.push(line, ...wrapped(behind, `${rest}    `, room));
    const under = `${rest}${step.children.length > 0 ? '│ ' : '  '}  `;
    for (const mark of step.marks) lines.push(...wrapped(`! ${printable(mark)}`, under, room));
    for (const detail of step.details) lines.push(cut(`${under}${printable(detail)}`, room));
    for (const [at, child] of step.children.entries()) {
      const last = at === step.children.length - 1;
      walk(child, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`);
    }
  };
  walk(plan, '', '');
  if (steps > MOST_STEPS) lines.push(`… and ${steps - MOST_STEPS} further steps or more`);
  return lines;
}

function figuresOf({ expectedRows, actualRows, loops, seconds, cost }: PlanStep): string {
  const rows =
    actualRows === null ? `${count(expectedRows)} rows` : `${count(expectedRows)} → ${count(actualRows)} rows`;
  return [
    ...(expectedRows === null && actualRows === null ? [] : [rows]),
    ...(seconds === null ? (cost === null || actualRows !== null ? [] : [`cost ${count(cost)}`]) : [duration(seconds)]),
    ...(loops === null || loops <= 1 ? [] : [`${count(loops)} loops`]),
  ].join(', ');
}

function count(value: number | null): string {
  return value === null ? '?' : Math.round(value).toLocaleString('en-US');
}

function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  return seconds >= 0.001 ? `${(seconds * 1000).toFixed(1)} ms` : `${Math.round(seconds * 1e6)} µs`;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;
}

function wrapped(text: string, indent: string, width: number): string[] {
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = '  ';
    }
    line = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line].map((one) => cut(`${indent}${one}`, width));
}
