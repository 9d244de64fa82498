import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';
import { type Mistake, mistakesOf } from './mistakes.js';
import { type ClusterFile, clusterSchema } from './schema.js';

/**
 * The cluster that a file describes.
 *
 * @param name of the file, for what is said about it
 * @throws RollError `cluster-file-wrong`, exit 2, with every mistake: its line, column and key, and what was expected
 */
export function readClusterFile(text: string, name: string): ClusterFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = [...document.errors, ...document.warnings].map(({ linePos, message }) => ({
    line: linePos?.[0].line ?? 1,
    column: linePos?.[0].col ?? 1,
    key: '',
    problem: message.replace(/ at line \d[\s\S]*$/, ''),
  }));
  if (broken.length > 0) throw wrong(name, broken);
  const parsed = clusterSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  throw wrong(name, mistakesOf(parsed.error.issues, document, lines, keysAt));
}

function wrong(name: string, mistakes: readonly Mistake[]): RollError {
  const said = mistakes.map(({ line, column, key, problem }) =>
    [`${name}:${line}:${column}`, key === '' ? problem : `${key}: ${problem}`].join('  '),
  );
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return new RollError({
    code: 'cluster-file-wrong',
    message: [`There ${mistakes.length === 1 ? 'is' : 'are'} ${count} in ${name}.`, ...said].join('\n'),
    exitCode: EXIT.usage,
    next: 'mend the file; docs/create.md tells every key',
  });
}

/** The keys that the schema knows at a path; a number stands for any element of a list. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = z.toJSONSchema(clusterSchema, { io: 'input' });
  for (const key of path)
    schema = typeof key === 'number' ? child(schema, 'items') : child(child(schema, 'properties'), key);
  const properties = child(schema, 'properties');
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function child(parent: unknown, key: PropertyKey): unknown {
  return typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined;
}
