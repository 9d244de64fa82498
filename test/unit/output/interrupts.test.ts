import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askConfirmation, ignoreBrokenPipes } from '../../../src/lib/output/terminal/console.js';
import { InterruptHandler } from '../../../src/lib/output/terminal/interrupts.js';

describe('Ctrl-C', () => {
  it('requests a stop the first time, stops at once the second time, and ends the process the third time', () => {
    const source = new EventEmitter();
    const told: string[] = [];
    const interrupts = new InterruptHandler(source, {
      onFirst: () => told.push('first'),
      onSecond: () => told.push('second'),
      onThird: (signal) => told.push(signal),
    });
    expect(interrupts.isPauseRequested()).toBe(false);
    source.emit('SIGINT');
    expect([interrupts.isPauseRequested(), interrupts.signal.aborted, told]).toEqual([true, false, ['first']]);
    expect(interrupts.pauseSignal.aborted).toBe(true);
    source.emit('SIGTERM');
    expect([interrupts.signal.aborted, told]).toEqual([true, ['first', 'second']]);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) source.emit(signal, signal);
    expect(told.slice(2)).toEqual(['SIGINT', 'SIGTERM', 'SIGHUP']);
    interrupts.close();
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
  });

  it('is what a closed terminal sends, as often as it does', () => {
    const source = new EventEmitter();
    let told = 0;
    const first = () => {
      told += 1;
    };
    const interrupts = new InterruptHandler(source, { onFirst: first, onThird: () => undefined });
    source.emit('SIGHUP');
    source.emit('SIGHUP');
    expect([interrupts.isPauseRequested(), interrupts.signal.aborted, told]).toEqual([true, false, 1]);
    source.emit('SIGTERM');
    expect([interrupts.signal.aborted, told]).toEqual([true, 1]);
    interrupts.close();
    expect(source.listenerCount('SIGHUP')).toBe(0);
  });

  it('is handled by other listeners again once closed', () => {
    const source = new EventEmitter();
    const interrupts = new InterruptHandler(source, { onThird: () => undefined });
    interrupts.close();
    source.emit('SIGINT');
    expect(interrupts.isPauseRequested()).toBe(false);
  });
});

describe('output whose reader is gone', () => {
  it('causes no error, with other listeners too', () => {
    const stream = new EventEmitter();
    stream.on('error', (error) => {
      throw error;
    });
    ignoreBrokenPipes(stream);
    ignoreBrokenPipes(stream);
    expect(stream.listenerCount('error')).toBe(1);
    expect(() => stream.emit('error', new Error('write EIO'))).not.toThrow();
  });
});

describe('a confirmation prompt', () => {
  it.each([
    ['y\n', true],
    ['YES\n', true],
    ['\n', false],
    ['n\n', false],
    ['yesterday\n', false],
    ['', false],
  ])('answered with %j', async (typed, answer) => {
    const input = new PassThrough();
    const output = new PassThrough();
    const asked = askConfirmation('Roll?', input, output);
    input.end(typed);
    expect(await asked).toBe(answer);
    expect(String(output.read())).toBe('Roll? [y/N] ');
  });
});
