import { type Document, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';
import { type Mistake, mistakesOf } from './mistakes.js';
import { type Place, placeOf } from './place.js';

/** What is said about a file that is wrong. */
export interface FileFacts {
  /** The file as its reader knows it. */
  readonly name: string;
  /** Of the error, for scripts. */
  readonly code: string;
  /** The document that tells every key. */
  readonly doc: string;
  /** What is said of a key that the schema does not know, in place of a guess. */
  readonly adviceOn?: (key: string) => string | undefined;
}

/** What a file says, and where. */
export interface Read<Schema extends z.ZodType> {
  readonly value: z.infer<Schema>;
  /** Where the key at a path stands. */
  placeOf(path: readonly PropertyKey[]): Place;
}

/**
 * A file in YAML or JSON by its schema.
 *
 * @throws RollError exit 2, with every mistake: its line, column and key, and what was expected
 */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  facts: FileFacts,
): Read<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = brokenIn(document);
  if (broken.length > 0) throw wrong(facts, broken);
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { value: parsed.data, placeOf: (path) => placeOf(path, document, lines, 'key') };
  const keys = { knownAt: keysAt(schema), adviceOn: facts.adviceOn ?? (() => undefined) };
  throw wrong(facts, mistakesOf(parsed.error.issues, document, lines, keys));
}

function brokenIn({ errors, warnings }: Document.Parsed): Mistake[] {
  return [...errors, ...warnings].map(({ linePos, message }) => ({
    line: linePos?.[0].line ?? 1,
    column: linePos?.[0].col ?? 1,
    key: '',
    problem: message.replace(/ at line \d[\s\S]*$/, ''),
  }));
}

function wrong({ name, code, doc }: FileFacts, mistakes: readonly Mistake[]): RollError {
  const said = mistakes.map(({ line, column, key, problem }) =>
    [`${name}:${line}:${column}`, key === '' ? problem : `${key}: ${problem}`].join('  '),
  );
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return new RollError({
    code,
    message: [`There ${mistakes.length === 1 ? 'is' : 'are'} ${count} in ${name}.`, ...said].join('\n'),
    exitCode: EXIT.usage,
    next: `mend the file; ${doc} tells every key`,
  });
}

/** The keys that a schema knows at a path; a number stands for any element of a list. */
function keysAt(root: z.ZodType): (path: readonly PropertyKey[]) => readonly string[] {
  return (path) => {
    let schema: unknown = z.toJSONSchema(root, { io: 'input' });
    for (const key of path) schema = below(schema, key);
    const properties = child(schema, 'properties');
    return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  };
}

/** Of a record any key leads to the same. */
function below(schema: unknown, key: PropertyKey): unknown {
  if (typeof key === 'number') return child(schema, 'items');
  return child(child(schema, 'properties'), key) ?? child(schema, 'additionalProperties');
}

function child(parent: unknown, key: PropertyKey): unknown {
  return typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined;
}
