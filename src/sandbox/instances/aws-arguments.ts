import type { Filter } from '@aws-sdk/client-ec2';

/** A call of the `aws` command, as far as the shim supports it. */
export interface AwsCommand {
  /** For instance `ec2 describe-instances`. */
  readonly command: string;
  /** Every option with its words, by name without dashes. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** Splits the words of the command line. */
export function parseAwsCommand(words: readonly string[]): AwsCommand {
  const command: string[] = [];
  const options = new Map<string, string[]>();
  let current: string[] = command;
  for (const word of words) {
    if (word.startsWith('--')) {
      current = [];
      options.set(word.slice(2), current);
    } else if (current !== command && !takesMore(options, current)) {
      command.push(word);
    } else {
      current.push(word);
    }
  }
  return { command: command.join(' '), options };
}

const WITH_WORDS = new Set(['filters', 'instance-ids', 'auto-scaling-group-names']);

/** Options before the command take one word; those that take several come after it. */
function takesMore(options: ReadonlyMap<string, readonly string[]>, words: readonly string[]): boolean {
  const name = [...options].find(([, value]) => value === words)?.[0] ?? '';
  return words.length === 0 ? !name.startsWith('no-') : WITH_WORDS.has(name);
}

/** Filters in JSON, or in the shorthand `Name=tag:Name,Values=a,b`. */
export function parseFilters(words: readonly string[]): Filter[] {
  const [first = ''] = words;
  if (first.startsWith('[') || first.startsWith('{')) {
    const parsed: unknown = JSON.parse(first);
    return (Array.isArray(parsed) ? parsed : [parsed]).map(filterFrom);
  }
  return words.map((word) => {
    const [, name = '', values = ''] = /^Name=(.*?),Values=(.*)$/.exec(word) ?? [];
    return { Name: name, Values: values.split(',') };
  });
}

function filterFrom(value: unknown): Filter {
  if (typeof value !== 'object' || value === null || !('Name' in value) || !('Values' in value)) return {};
  const values = Array.isArray(value.Values) ? value.Values : [value.Values];
  return { Name: String(value.Name), Values: values.map(String) };
}
