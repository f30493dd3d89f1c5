/** What is asked of a pipeline whose source is a streaming connector, beyond what holds for every pipeline. */
import { messageOf, toHeadgateError, type Issue } from '../../foundation/errors.ts';
import { stableJson } from '../../foundation/ids.ts';
import type { NormalPipeline } from '../../crds/normalize.ts';
import { streamTransform } from '../../runner/transforms/index.ts';

type StreamPart = Pick<
  NormalPipeline,
  'sources' | 'schedule' | 'transforms' | 'transformsPointer' | 'destinations' | 'delivery'
>;

/** Pointers are those of the resource. Empty when the pipeline can run as a stream. */
export function streamIssues(pipeline: StreamPart): readonly Issue[] {
  return [
    ...sourceIssues(pipeline),
    ...scheduleIssues(pipeline),
    ...pipeline.transforms.flatMap((transform, index) =>
      transformIssues(() => streamTransform(transform, index), `${pipeline.transformsPointer}/${index}`),
    ),
    ...modeIssues(pipeline),
    ...repeatedIssues(pipeline),
  ];
}

function sourceIssues({ sources }: StreamPart): Issue[] {
  const issues: Issue[] = [];
  const [source, second] = sources;
  if (second !== undefined) {
    issues.push(issue(second.pointer, 'a stream has one source only', 'declare one pipeline for each source'));
  }
  if (source?.incremental !== undefined) {
    issues.push(issue(`${source.pointer}/incremental`, 'a stream remembers by itself how far it is', 'remove it'));
  }
  return issues;
}

function scheduleIssues({ schedule }: StreamPart): Issue[] {
  if (schedule === null) return [];
  return [issue('/spec/schedule', 'a stream runs all the time and has no schedule', 'remove it')];
}

function transformIssues(compile: () => unknown, pointer: string): Issue[] {
  try {
    compile();
    return [];
  } catch (error) {
    const { hint } = toHeadgateError(error);
    return [{ pointer, code: 'invalid_transform', message: messageOf(error), ...(hint === undefined ? {} : { hint }) }];
  }
}

function modeIssues({ destinations }: StreamPart): Issue[] {
  return destinations
    .filter(({ mode, modeDeclared }) => modeDeclared && mode === 'overwrite')
    .map(({ pointer }) =>
      issue(`${pointer}/mode`, 'a stream has no end at which it could overwrite', 'use append or upsert'),
    );
}

/** Two writers that stay open at one place would cut into what the other has confirmed. */
function repeatedIssues({ destinations }: StreamPart): Issue[] {
  const seen = new Map<string, string>();
  return destinations.flatMap(({ connection, connector, settings, stream, pointer }) => {
    const place = stableJson({ connection, connector, settings, stream });
    const first = seen.get(place);
    seen.set(place, first ?? pointer);
    return first === undefined ? [] : [issue(pointer, `is the same place as ${first}`, 'remove one of the two')];
  });
}

function issue(pointer: string, message: string, hint: string): Issue {
  return { pointer, code: 'invalid_resource', message, hint };
}
