import { styleText } from 'node:util';
import type { Tone, ToneLine } from './server-lines.js';

const STYLES: Readonly<Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  busy: 'yellow',
  bad: 'red',
  faint: 'dim',
};

/** A line in the colour of its tone, where colour is wanted. */
export function painted({ text, tone }: ToneLine, colour: boolean): string {
  return colour && tone !== 'plain' ? styleText(STYLES[tone], text) : text;
}
