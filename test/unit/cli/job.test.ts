import { describe, expect, it } from 'vitest';
import { formatHolder, formatJob } from '../../../src/cli/connect.js';

const GITHUB = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/consul', GITHUB_RUN_ID: '77' };

describe('formatJob', () => {
  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['GitHub Actions', GITHUB, ' in https://github.com/acme/consul/actions/runs/77'],
    [
      'GitLab',
      { CI_JOB_URL: 'https://gitlab.acme.io/infra/consul/-/jobs/9' },
      ' in https://gitlab.acme.io/infra/consul/-/jobs/9',
    ],
    ['Jenkins', { BUILD_URL: 'http://ci:8080/job/roll/12/' }, ' in http://ci:8080/job/roll/12/'],
    ['no CI', {}, ''],
  ])('names the job of %s', (_, env, text) => {
    expect(formatJob(env)).toBe(text);
  });

  it.each([
    'https://bot:secret@ci/job/1',
    'javascript:alert(1)',
    'https://ci/job\u001b[31m',
    'https://ci/job 1',
    `https://ci/${'x'.repeat(200)}`,
    'https://ci/job?token=abc',
  ])('leaves out what is not a plain URL, or too long: %j', (url) => {
    expect(formatJob({ BUILD_URL: url })).toBe('');
  });
});

describe('formatHolder', () => {
  it('is never longer than the journal takes, and keeps the id of the process and the job', () => {
    const job = ` in https://ci.example.com/${'x'.repeat(130)}`;
    expect(formatHolder('ada@host pid 7', job)).toBe(`ada@host pid 7${job}`);
    expect(formatHolder(`${'u'.repeat(400)} pid 7`, job)).toHaveLength(300);
    expect(formatHolder(`${'u'.repeat(400)} pid 7`, job)).toContain(`u pid 7${job}`);
  });
});
