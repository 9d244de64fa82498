import { FILE_CHECKS } from '../lib/engine/checks/checks.js';
import type { CheckResult } from '../lib/model/check.js';
import { RollError } from '../lib/model/errors.js';
import { assertAppendable, assertReportFile } from './output-files.js';

type FileFlags = { readonly [name in keyof typeof FILE_CHECKS]?: string | undefined };

const ASSERTIONS: { readonly [name in keyof typeof FILE_CHECKS]: (path: string) => Promise<void> } = {
  events: (path) => assertAppendable(path, '--events'),
  'log-file': (path) => assertAppendable(path, '--log-file'),
  report: (path) => assertReportFile(path, '--report'),
};

/** Whether a run could write the files that are named. Makes and changes none. */
export async function checkOutputFiles(flags: FileFlags): Promise<readonly CheckResult[]> {
  const names = Object.keys(FILE_CHECKS) as (keyof typeof FILE_CHECKS)[];
  const checking = names.map(async (name): Promise<readonly CheckResult[]> => {
    const path = flags[name];
    if (path === undefined) return [];
    const { id, subject } = FILE_CHECKS[name];
    try {
      await ASSERTIONS[name](path);
      return [{ id, subject, status: 'pass', observed: `${path} can be written`, remedy: undefined }];
    } catch (thrown) {
      if (!(thrown instanceof RollError)) throw thrown;
      return [{ id, subject, status: 'fail', observed: thrown.message.replace(/\.$/, ''), remedy: thrown.next }];
    }
  });
  return (await Promise.all(checking)).flat();
}
