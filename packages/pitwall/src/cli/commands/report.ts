import { type Command, SAVED_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'report',
  positionals: '[RUN]',
  minPositionals: 0,
  maxPositionals: 1,
  description: 'Shows a saved run: its id (or the beginning of it), the name of a baseline, or the latest.',
  examples: [
    ['pitwall report', 'the latest run'],
    ['pitwall report 20261120-2315 --out run.html', 'another one, as a page'],
  ],
  options: { ...SAVED_OPTIONS, details: { help: 'also list every rule that found nothing, and why' } },
};
