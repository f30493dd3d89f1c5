/** The order of test files: those that take longest begin first, so that in the end none of them is at work alone. */
import { BaseSequencer, type TestSequencerConstructor, type TestSpecification } from 'vitest/node';

/** A sequencer that begins with `files` (ends of their paths), in this order, and goes on as Vitest would. */
export function longestFirst(files: readonly string[]): TestSequencerConstructor {
  const turn = ({ moduleId }: TestSpecification): number => {
    const index = files.findIndex((file) => moduleId.endsWith(`/${file}`));
    return index === -1 ? files.length : index;
  };
  return class extends BaseSequencer {
    override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
      return (await super.sort(specifications)).toSorted((a, b) => turn(a) - turn(b));
    }
  };
}
