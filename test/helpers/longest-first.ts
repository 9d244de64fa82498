import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Rolls on real processes, and whole rolls under virtual clocks. */
const LONG = ['/test/integration/', '/test/simulation/'];

/**
 * The longest begin first, so that none of them is left for the end, when the other workers are idle. The files of a
 * project stand together: a worker keeps its modules only while the next file is of the same project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ project, moduleId }: TestSpecification): number =>
      Number(project.name === 'unit') * 2 - Number(LONG.some((folder) => moduleId.includes(folder)));
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
