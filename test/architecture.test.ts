import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = listSources('src', '.ts');
/** Besides the source, what imports from it. Scripts import what is built. */
const TESTS = [...listSources('test', '.ts'), ...listSources('scripts', '.mjs')];
const PRODUCT = FILES.filter((file) => !file.startsWith('src/sandbox/'));

const MAX_FILES = 370;
const MAX_LIB_ENTRIES = 12;
const MAX_LINES = 400;

/** A part of the source and what it may import besides itself and Node; `*` is everything. */
interface Room {
  readonly room: string;
  readonly what: string;
  readonly mayImport: readonly string[];
}

/** The import rules. ARCHITECTURE.md shows the same table; `npm run generate` writes it there. */
const ROOMS: readonly Room[] = JSON.parse(read('test/rooms.json'));

/** Only commands and views may use these: everything below reports what it has to say as data. */
const USES_TERMINAL = /\bconsole\.\w+\(|process\.exit|process\.std(out|err)\b|from '(listr2|ansis|node:readline[^']*)'/;
const IMPURE =
  /\bDate\.now|new Date\(\)|Math\.random|setTimeout|setInterval|\bfetch\(|(?<!\{ createHash \} )from 'node:(?!net')|\bawait\b|process\./;
/** `model/retry.ts` only calls what it is given, a clock included. Of `node:net`, checks use the address arithmetic; of
 * `node:crypto`, the names of clusters use the hash. */
const PURE =
  /^src\/lib\/(model\/(?!retry\.ts)|terraform|permissions|engine\/(decide|strategy|launch-source|checks|safety))\//;

/** Variants that are objects: what differs by one is a question that the object answers. A table by kind may be anywhere. */
const VARIANTS: readonly { readonly what: string; readonly pattern: RegExp; readonly rooms: readonly string[] }[] = [
  {
    what: 'launch sources',
    pattern:
      /(?:[!=]==|\bcase) '(?:launch-configuration|launch-template|launch-template-version|mixed)'|\bas(?:LaunchConfiguration|LaunchTemplate)\([^()]*\)\)?(?:\?\.\w+)? [!=]==/,
    rooms: [
      'src/lib/engine/launch-source/',
      // Their types, their form as a tag, AWS's form of them, and permissions, which have kinds of their own.
      'src/lib/model/launch-source.ts',
      'src/lib/model/tags.ts',
      'src/lib/aws/',
      'src/lib/permissions/',
    ],
  },
  {
    what: 'strategies',
    pattern:
      /(?:[!=]==|\bcase) '(?:in-place|beside)'|(?:old|new)Group [!=]== (?:\w+\.)*(?:old|new)Group\b|\b(?:isI|i)nPlace\b/,
    // An option that excludes one of them.
    rooms: ['src/lib/engine/strategy/', 'src/lib/config/roll-options.ts'],
  },
];

describe('the source tree', () => {
  it('has at most 12 entries in src/lib and no loose file in src', () => {
    expect(readdirSync(join(ROOT, 'src/lib')).length).toBeLessThanOrEqual(MAX_LIB_ENTRIES);
    expect(readdirSync(join(ROOT, 'src')).filter((name) => name.endsWith('.ts'))).toEqual([]);
  });

  it('has at most 370 files outside the sandbox', () => {
    expect(PRODUCT.length).toBeLessThanOrEqual(MAX_FILES);
  });

  it('has no file of more than 400 lines', () => {
    const lengths = FILES.map((file) => `${file}: ${read(file).split('\n').length - 1}`);
    expect(lengths.filter((line) => Number(line.split(': ')[1]) > MAX_LINES)).toEqual([]);
  });

  it('has no file whose only content is one call', () => {
    expect(PRODUCT.filter((file) => isOneCall(file))).toEqual([]);
  });

  it('has no file that no program reaches', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      listImports(file)
        .filter((to) => to.startsWith('src/'))
        .forEach(visit);
    };
    FILES.filter((file) => /^src\/(commands|hooks)\//.test(file)).forEach(visit);
    // Started by path, by bin/run.js or as programs of their own.
    FILES.filter((file) => /^src\/cli\/main\.ts$|-process\.ts$/.test(file)).forEach(visit);
    expect(FILES.filter((file) => !reached.has(file))).toEqual([]);
  });
});

describe('the unit tests', () => {
  it('are in one folder or file for each room', () => {
    const names = new Set(ROOMS.map(({ room }) => basename(room, '.ts')));
    const files = readdirSync(join(ROOT, 'test/unit'), { recursive: true, encoding: 'utf8' });
    const tests = files.filter((file) => file.endsWith('.ts')).sort();
    expect(tests.length).toBeGreaterThan(100);
    expect(tests.filter((file) => !names.has(file.split(/\/|\.test\.ts$/)[0] ?? ''))).toEqual([]);
  });
});

describe('imports', () => {
  it('go only where the table of rooms lets them', () => {
    expect(FILES.flatMap((file) => listImports(file).flatMap((to) => findOffence(file, to)))).toEqual([]);
  });

  it('use every permission of the table', () => {
    const unused = ROOMS.flatMap(({ room, mayImport }) => {
      const used = FILES.filter((file) => findRoom(file)?.room === room).flatMap(listImports);
      const isUsed = (one: string) => used.some((to) => to.startsWith(one.replace('package:', '')));
      return mayImport.filter((one) => one !== '*' && !isUsed(one)).map((one) => `${room}: ${one}`);
    });
    expect(unused).toEqual([]);
  });

  it('have no cycle', () => {
    expect(findCycles().map((files) => files.join(' '))).toEqual([]);
  });

  it('of the sandbox come from its own commands and the demo only', () => {
    const visitors = PRODUCT.filter((file) => listImports(file).some((to) => to.startsWith('src/sandbox/')));
    const allowed = /^src\/(commands\/(sandbox\/|demo\.ts)|cli\/(sandbox-command|demo)\.ts)/;
    expect(visitors.filter((file) => !allowed.test(file))).toEqual([]);
  });
});

describe('names', () => {
  it('are exported from one file each, outside the sandbox', () => {
    const places = new Map<string, string[]>();
    for (const file of PRODUCT) {
      for (const name of listExports(file)) places.set(name, [...(places.get(name) ?? []), file]);
    }
    const doubles = [...places].filter(([, files]) => files.length > 1);
    expect(doubles.map(([name, files]) => `${name}: ${files.join(', ')}`)).toEqual([]);
  });

  it('of functions in decide differ between its files', () => {
    const names = FILES.filter((file) => file.startsWith('src/lib/engine/decide/')).flatMap((file) => [
      // An overloaded function is declared several times in its file.
      ...new Set([...readCode(file).matchAll(/^(?:export )?function (\w+)/gm)].map(([, name = '']) => name)),
    ]);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('are not exported if no other file imports them', () => {
    const importers = new Map<string, string[]>();
    for (const file of [...FILES, ...TESTS]) {
      for (const to of listImports(file)) importers.set(to, [...(importers.get(to) ?? []), readCode(file)]);
    }
    const unused = PRODUCT.flatMap((file) =>
      listExports(file)
        .filter((name) => !importers.get(file)?.some((code) => new RegExp(`\\b${name}\\b`).test(code)))
        .map((name) => `${file}: ${name}`),
    );
    expect(unused).toEqual([]);
  });

  it.each(VARIANTS)('of $what are compared in their own room only', ({ pattern, rooms }) => {
    const asking = PRODUCT.filter((file) => pattern.test(readCode(file)));
    expect(asking.length).toBeGreaterThan(0);
    expect(asking.filter((file) => !rooms.some((room) => file.startsWith(room)))).toEqual([]);
  });
});

describe('effects', () => {
  it('are absent from the model, decisions, checks, strategies and safety', () => {
    const pure = FILES.filter((file) => PURE.test(file));
    expect(pure.length).toBeGreaterThan(20);
    expect(pure.filter((file) => IMPURE.test(readCode(file)))).toEqual([]);
  });

  it('on a terminal come from commands, src/cli and views only', () => {
    const below = FILES.filter((file) => /^src\/(lib|sandbox)\/(?!output\/)/.test(file));
    expect(below.filter((file) => USES_TERMINAL.test(readCode(file)))).toEqual([]);
  });

  it('that end the process come from commands and src/cli only', () => {
    const below = PRODUCT.filter((file) => file.startsWith('src/lib/'));
    expect(below.filter((file) => /process\.exit\b/.test(readCode(file)))).toEqual([]);
  });
});

function listSources(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** A file without its comments. */
function readCode(file: string): string {
  return read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');
}

/** What a file imports: files by path from the root, packages by name. */
function listImports(file: string): string[] {
  const found = readCode(file).matchAll(/(?:from|import)\s*\(?\s*'([^'\s]+)'/g);
  return [...found].map(([, name = '']) =>
    name.startsWith('.')
      ? relative(ROOT, join(ROOT, dirname(file), name))
          .replace(/^dist\/(.*)\.js$/, 'src/$1.ts')
          .replace(/\.js$/, '.ts')
      : name,
  );
}

/** Names that a file declares and exports; command classes are `default`, which every command has. */
function listExports(file: string): string[] {
  const declared = readCode(file).matchAll(
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm,
  );
  return [...new Set([...declared].map(([, name = '']) => name))];
}

/** One exported function of one statement, and nothing else. */
function isOneCall(file: string): boolean {
  const code = readCode(file).replace(/^import [\s\S]*?;$/gm, '');
  const lines = code.split('\n').filter((line) => line.trim() !== '');
  const isOnlyExport = lines.filter((line) => line.startsWith('export')).length === 1;
  return isOnlyExport && lines.length <= 4 && /^export (async )?(function|const)/.test(lines[0] ?? '');
}

function findRoom(file: string): Room | undefined {
  return ROOMS.find(({ room }) => file === room || file.startsWith(`${room}/`));
}

function findOffence(file: string, to: string): string[] {
  if (to.startsWith('node:')) return [];
  const room = findRoom(file);
  if (room === undefined) return [`${file} is in no room of the table`];
  const { mayImport } = room;
  const target = findRoom(to)?.room;
  if (mayImport.includes('*') || target === room.room) return [];
  const isAllowed =
    target === undefined
      ? mayImport.some((one) => one.startsWith('package:') && to.startsWith(one.slice('package:'.length)))
      : mayImport.includes(target);
  return isAllowed ? [] : [`${file} imports ${to}`];
}

/** Groups of files that import each other, by Tarjan's algorithm. */
function findCycles(): string[][] {
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    indexes.set(file, indexes.size);
    lowest.set(file, indexes.get(file) ?? 0);
    stack.push(file);
    for (const to of listImports(file).filter((one) => FILES.includes(one))) {
      if (!indexes.has(to)) visit(to);
      if (!stack.includes(to)) continue;
      lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(to) ?? 0));
    }
    if (lowest.get(file) !== indexes.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) cycles.push(group);
  };
  for (const file of FILES) if (!indexes.has(file)) visit(file);
  return cycles;
}
