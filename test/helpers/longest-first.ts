import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Rolls on real processes begin first, so that none of them is left for the end, when the other workers are idle. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/integration/');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
