import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Phrases that need a second reading, and what to write instead. */
const BANNED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bwhoever\b/i, 'name the role, for example "the operator"'],
  [/\bsomebody\b/i, 'name the role, for example "another process"'],
  [/\bnobody\b/i, '"no process", "no operator"'],
  [/\b(?:everybody|anybody)\b/i, 'name the role, for example "every user"'],
  [/\ba person\b/i, '"the operator"'],
  [/(?<!\bthere )\bis no (?!longer\b)/i, '"is not a"'],
  [/(?<!\bthere )\bis none\b/i, '"does not exist", "is not set"'],
  [/\bbut for\b/i, '"except"'],
  [/\banew\b/i, '"again"'],
  [/\bin the stead of\b/i, '"instead of"'],
  [/\bshall\b/i, '"must"'],
  [/\bhas it done\b/i, 'name the actor'],
  [/\bat the most\b/i, '"at most"'],
  [/\bturned back\b/i, '"rolled back"'],
  [
    /\b(?:two|three|more|next|last|first|second|this|that|every|each|one|a|torn|earlier) looks?\b(?! (?:like|for|at|up)\b)/i,
    '"observation", "check"',
  ],
  [/\blooks in a row\b/i, '"consecutive checks"'],
  [/\bghosts?\b/i, '"orphan peer"'],
  [
    /(?<!Object\.)\b(?:freeze|freezes|frozen|unfrozen|thaw|thaws|thawed|thawing)\b/i,
    '"suspend" and "resume" processes',
  ],
  [/\bin the middle of\b/i, '"during"'],
  [/\b(?:go|goes|going|went) back\b|\bway back\b/i, '"roll back", "rollback"'],
  [/\b(?:go|goes|going) on\b|\bcarr(?:y|ies|ied) on\b/i, '"continue", "resume"'],
  [/\bpart-way\b/i, '"during the roll", "unfinished"'],
  [/\bto be had\b/i, '"available"'],
  [/\bis looked\b/i, '"is observed"'],
  [/\bthe world\b/i, 'name what is meant, for example "the account"'],
  [/\bat (?:its|their) word\b/i, '"believes", "uses the value of"'],
  [/\bfates?\b/i, '"outcome"'],
  [/\b(?:reads as|tells) a story\b/i, '"has a line for every event"'],
];

/** Translates documents of older versions, and so has their names. */
const OLD_NAMES = 'src/lib/output/events/upgrade.ts';

const PAGES = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'action.yml'];
const FOLDERS = [
  { folder: 'docs', endings: ['.md', '.yml', '.yaml'] },
  { folder: 'src', endings: ['.ts', '.mjs', '.md'] },
  { folder: 'test', endings: ['.ts', '.mjs'] },
  { folder: 'scripts', endings: ['.mjs'] },
  { folder: 'deploy', endings: ['.md', '.tf', '.sh', '.hcl'] },
];

function listFiles(): string[] {
  const found = FOLDERS.flatMap(({ folder, endings }) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => endings.some((ending) => name.endsWith(ending)))
      .map((name) => `${folder}/${name}`),
  );
  const own = 'test/docs/plain-words.test.ts';
  return [...PAGES, ...found].filter((path) => path !== own && path !== OLD_NAMES).sort();
}

function findBannedPhrases(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  // Inline code of a page quotes names.
  const lines = (path.endsWith('.md') ? text.replaceAll(/`[^`\n]*`/g, '') : text).split('\n');
  return lines.flatMap((line, index) =>
    BANNED.filter(([pattern]) => pattern.test(line)).map(
      ([pattern, instead]) => `${path}:${index + 1} ${pattern.exec(line)?.[0]}: write ${instead}`,
    ),
  );
}

describe('plain words', () => {
  it('are used in every source, test and document', () => {
    expect(listFiles().flatMap(findBannedPhrases)).toEqual([]);
  });
});
