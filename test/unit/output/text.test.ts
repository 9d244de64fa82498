import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatList,
  formatShortList,
  formatWholeDuration,
  justify,
  truncate,
  wrapCommand,
  wrapText,
} from '../../../src/lib/output/text/format.js';

describe('text', () => {
  it('joins names with commas and "and"', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(formatList)).toEqual(['nothing', 'a', 'a and b', 'a, b and c']);
    expect(formatShortList(['a', 'b', 'c'])).toBe('a and 2 others');
  });

  it('keeps to its width', () => {
    for (const width of [1, 2, 5, 12, 40]) {
      expect(truncate('a line that is long', width).length).toBeLessThanOrEqual(width);
      expect(justify('a line that is long', '9 s', Math.max(4, width)).length).toBe(Math.max(4, width));
      const lines = wrapText('words, and more of them', width);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 6));
      expect(lines.join(' ')).toBe('words, and more of them');
    }
  });

  it('keeps text to copy on one line', () => {
    const text =
      'resume with: consul-roll resume --cluster consul, or roll back with: consul-roll rollback --cluster consul';
    expect(wrapText(text, 40)).toEqual([
      'resume with:',
      'consul-roll resume --cluster consul, or',
      'roll back with:',
      'consul-roll rollback --cluster consul',
    ]);
    const path = '/home/ann/clusters/production/.consul-roll/consul-7f3a.snap';
    expect(wrapText(`it is in ${path}`, 20)).toEqual(['it is in', path]);
  });

  it.each([
    "consul-roll resume --cluster 'consul prod eu west'",
    'aws autoscaling set-instance-health --health-status Healthy --instance-id i-0a1b2c3d4e5f60718',
    "aws autoscaling suspend-processes --auto-scaling-group-name 'a group' --scaling-processes Launch Terminate",
    'consul operator raft remove-peer -id=8b3d7f6e-0000-4000-8000-000000000000',
    'consul force-leave -prune node-with-a-long-name',
  ])('keeps a command whole, as it is copied: %s', (command) => {
    const sentence = `an operator who reads this runs ${command}; then the roll continues`;
    for (const width of [20, 40, 60, 80]) expect(wrapText(sentence, width).join('\n')).toContain(command);
  });

  it('breaks a long command with a backslash', () => {
    const command = 'terraform state rm aws_autoscaling_group.consul aws_launch_configuration.consul';
    expect(wrapCommand(command, 60)).toEqual([
      'terraform state rm aws_autoscaling_group.consul \\',
      'aws_launch_configuration.consul',
    ]);
    expect(wrapCommand(command, 80)).toEqual([command]);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234_567, '1.2 MB'],
    [5_000_000_000_000, '5000.0 GB'],
  ])('formats %d bytes', (bytes, said) => {
    expect(formatBytes(bytes)).toBe(said);
  });

  it.each([
    [380, '380 ms'],
    [9_400, '9 s'],
    [60_000, '1 m'],
    [82_000, '1 m 22 s'],
    [7_500_000, '2 h 5 m'],
    [-5, '0 ms'],
  ])('formats %d ms', (ms, said) => {
    expect(formatDuration(ms)).toBe(said);
  });

  it('has no decimals below a second', () => {
    expect(formatWholeDuration(380)).toBe('0 s');
  });
});
