import { createInterface } from 'node:readline';

/** Whether there is a person to ask. */
export function canConfirm(input: NodeJS.ReadStream, output: NodeJS.WriteStream): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Asks; only `y` or `yes` is a yes, and neither the end of input nor Ctrl-C is. */
export function confirm(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, output });
    lines.once('close', () => resolve(false));
    lines.question(`${question} [y/N] `, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      lines.close();
    });
  });
}
