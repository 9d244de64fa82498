import { afterEach, describe, expect, it } from 'vitest';
import { ScreenRenderer } from '../../../src/lib/output/terminal/screen-renderer.js';

const ESC = '\u001B[';
let painter: ScreenRenderer | undefined;

function easel(size = { columns: 20, rows: 4 }) {
  const written: string[] = [];
  let now = size;
  painter = new ScreenRenderer({ write: (text) => void written.push(text), size: () => now });
  painter.open();
  const paint = (...lines: string[]) => {
    const before = written.length;
    painter?.render(lines);
    return written.slice(before).join('');
  };
  const resize = (to: typeof size) => {
    now = to;
  };
  return { paint, written, resize };
}

afterEach(() => painter?.close());

describe('ScreenRenderer', () => {
  it('draws on the alternate screen, and restores the first one with its cursor', () => {
    const { written } = easel();
    expect(written.join('')).toContain(`${ESC}?1049h`);
    painter?.close();
    expect(written.at(-1)).toBe(`${ESC}?25h${ESC}?1049l`);
    painter?.close();
    expect(written.filter((text) => text.includes('1049l'))).toHaveLength(1);
  });

  it('writes only the lines that differ, in one write', () => {
    const { paint, written } = easel();
    paint('one', 'two', 'three');
    const count = written.length;
    const change = paint('one', 'TWO', 'three');
    expect(written.length).toBe(count + 1);
    expect(change).toContain(`${ESC}2;1HTWO${ESC}K`);
    expect(change).not.toMatch(/one|three|2J/);
    expect(paint('one', 'TWO', 'three')).toBe('');
  });

  it('erases the rest of a longer picture', () => {
    const { paint } = easel();
    paint('one', 'two', 'three');
    expect(paint('one')).toContain(`${ESC}2;1H${ESC}K${ESC}3;1H${ESC}K`);
  });

  it('redraws everything when the window changes its size', () => {
    const { paint, resize } = easel();
    paint('one', 'two');
    resize({ columns: 10, rows: 3 });
    const redrawn = paint('one', 'two');
    expect(redrawn).toContain(`${ESC}2J`);
    expect(redrawn).toContain('one');
  });

  it('writes within the window only', () => {
    const { paint } = easel({ columns: 6, rows: 2 });
    const painted = paint('123456789', `${ESC}31mabcdefgh${ESC}39m`, 'below');
    expect(painted).toContain(`12345${ESC}K`);
    expect(painted).toContain(`abcde${ESC}K`);
    expect(painted).not.toMatch(/567|ef|below/);
  });

  it('draws nothing once the screen is restored', () => {
    const { paint } = easel();
    painter?.close();
    expect(paint('late')).toBe('');
  });
});
