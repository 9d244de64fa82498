import { describe, expect, it } from 'vitest';
import { html } from '../../../src/lib/output/report/html.js';
import { buildRenderedReport } from '../../../src/lib/output/report/page.js';
import { ROLLS, readRollFile } from '../../helpers/rolls.js';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u202e`;

function pageOf(name: (typeof ROLLS)[number]): string {
  return buildRenderedReport([readRollFile(name)], [], undefined).page;
}

/** The same events, with something hostile wherever a text stands that is not an id or a kind. */
function poisoned(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      JSON.stringify(JSON.parse(line), (key, value) =>
        [
          'text',
          'what',
          'why',
          'cluster',
          'instanceId',
          'address',
          'zone',
          'image',
          'path',
          'now',
          'name',
          'leader',
        ].includes(key) && typeof value === 'string'
          ? `${HOSTILE}${value}`
          : value,
      ),
    )
    .join('\n');
}

/** A tag as the page writes them: names of attributes we know, and values in double quotes. */
const TAG = /^<(!doctype html|\/?[a-z0-9]+( (?!on)[a-zA-Z-]+(="[^"]*")?)*\/?)>$/;

describe('the page of a report', () => {
  it.each(ROLLS)('loads nothing and runs no script: %s', (name) => {
    const page = pageOf(name);
    expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|url\(|@import|\bsrc=|\bhref=|\son[a-z]+=|javascript:/i);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  it.each(ROLLS)('contains every event of the record: %s', (name) => {
    const page = pageOf(name);
    const { report: story } = buildRenderedReport([readRollFile(name)], [], undefined);
    expect(page.match(/<tr class="event /g)).toHaveLength(story.entries.length);
    for (const server of story.servers) expect(page).toContain(server.instanceId);
  });

  it('escapes names', () => {
    const { name, text } = readRollFile('interrupted');
    const page = buildRenderedReport([{ name: HOSTILE, text: `${poisoned(text)}\n{"cut` }], [], undefined).page;
    expect(name).not.toBe('');
    expect(page.match(/alert\(1\)/g)?.length).toBeGreaterThan(50);
    expect(page).not.toMatch(/<script|<img|\u202e/);
    const tags = page.replace(/<style>[\s\S]*?<\/style>/, '').match(/<[^>]*>/g) ?? [];
    for (const tag of tags) expect(tag).toMatch(TAG);
  });

  it('describes in words what the picture shows', () => {
    const page = pageOf('rolled');
    const { report: story } = buildRenderedReport([readRollFile('rolled')], [], undefined);
    const rows = story.servers.reduce(
      (sum, { spans, goneAtMs }) => sum + spans.length + (goneAtMs === undefined ? 0 : 1),
      0,
    );
    const table = /<caption>States of every server<\/caption>([\s\S]*?)<\/table>/.exec(page)?.[1] ?? '';
    expect(table.match(/<tr>/g)).toHaveLength(rows + 1);
    expect(page).toContain('role="img" aria-label="Timeline of 3 old servers and 3 new servers through the phases ');
  });

  it('gives the least quorum margin, the duration and what to do next', () => {
    const page = pageOf('killed-and-resumed');
    expect(page).toMatch(
      /in every observation at least 1 healthy voter beyond the quorum; the least was 3 of 3 voters healthy, 2 needed, at 0 s; not observed for \d+ s/,
    );
    expect(page).toMatch(/ in 2 runs, 1 leader change/);
    expect(page).toMatch(/not watched \d+ s/);
    expect(page).toContain('<code><span class="word">consul-roll</span> <span class="word">status</span>');
  });

  it('counts a time without an observation as not observed, between two runs and within one', () => {
    const { name, text } = readRollFile('rolled');
    const documents = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const middle = Math.floor(documents.length / 2);
    for (const late of documents.slice(middle)) late.at = new Date(Date.parse(late.at) + 600_000).toISOString();
    const asleep = documents.map((document) => JSON.stringify(document)).join('\n');
    expect(pageOf('rolled')).not.toContain('not observed');
    expect(buildRenderedReport([{ name, text: asleep }], [], undefined).page).toMatch(
      /in every observation at least 1 healthy voter[^<]*; not observed for 10 m/,
    );
  });

  it('rejects a roll that does not exist, and lists those that do', () => {
    expect(() => buildRenderedReport([readRollFile('rolled')], [], 'ffffff')).toThrow(
      /does not contain that roll, only [0-9a-f]{6}$/,
    );
    expect(() => buildRenderedReport([{ name: 'x', text: 'hello\n' }], [], undefined)).toThrow('no event');
  });
});

describe('html', () => {
  it('escapes text and keeps HTML', () => {
    const inner = html`<b title="${'"x"'}">${'<&>'}</b>`;
    expect(html`<p>${inner}${[inner]}${undefined}${false}${7}</p>`.text).toBe(
      '<p><b title="&quot;x&quot;">&lt;&amp;&gt;</b><b title="&quot;x&quot;">&lt;&amp;&gt;</b>7</p>',
    );
  });
});
