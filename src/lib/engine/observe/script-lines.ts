/** A line of a script with those that continue it; `number` is that of the first, from 1. */
export interface ScriptLine {
  readonly number: number;
  readonly text: string;
}

/** Of shells, YAML, HCL; `//` of HCL. */
export const COMMENT = /^\s*(#|\/\/)/;

/** The lines without comments. One that ends in a backslash continues in the next, after a `=` without a blank. */
export function joinLines(text: string): readonly ScriptLine[] {
  const joined: ScriptLine[] = [];
  let start: ScriptLine | undefined;
  text.split(/\r?\n/).forEach((line, n) => {
    const whole: ScriptLine =
      start === undefined ? { number: n + 1, text: line } : { ...start, text: start.text + line };
    const isComment = start === undefined && COMMENT.test(line);
    const continues = !isComment && /(?<!\\)\\$/.test(line) ? whole.text.slice(0, -1) : undefined;
    start =
      continues === undefined ? undefined : { ...whole, text: continues.endsWith('=') ? continues : `${continues} ` };
    if (start === undefined) joined.push({ ...whole, text: isComment ? '' : readLineBreaks(whole.text) });
  });
  if (start !== undefined) joined.push(start);
  return joined;
}

/** In a string, `\n` before the words is the end of a line: `printf 'server = true\nbootstrap = true\n'`. */
function readLineBreaks(line: string): string {
  return line.replace(/\\+[nrt](?=[-\s{"'\\]*bootstrap)/gi, ' ');
}
