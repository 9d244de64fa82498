import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Rolls on real processes, which wait the longest, and then whole rolls under virtual clocks. */
const ORDER = ['integration', 'simulation', 'unit'];

/**
 * The longest begin first, so that none of them is left for the end, when the other workers are idle. The files of a
 * project stand together: a worker keeps its modules only while the next file is of the same project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/integration/');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))].sort(
      (a, b) => ORDER.indexOf(a.project.name) - ORDER.indexOf(b.project.name),
    );
  }
}
