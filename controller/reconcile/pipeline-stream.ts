/** What a pipeline is by its definition, and the runner of one that takes events. */
import { toErrorRecord, toHeadgateError } from '../../foundation/errors.ts';
import { ConnectionDisabled, definePipeline } from './definition.ts';
import { isPaused, type PipelineStep } from './pipeline-context.ts';
import { GO, stall } from './step.ts';
import { convergeStream, wantedStream } from './stream.ts';

/** A pause ends the runner of a stream, also of one that cannot be defined any more. */
export const pauseStream: PipelineStep = async ({ stored, deps, gone }) =>
  gone === true || !isPaused(stored) ? GO : convergeStream(stored.id, null, deps);

/** While it cannot be defined a stream goes on as it was last defined, but not with a connection that nobody may use. */
export const resolveDefinition: PipelineStep = async (context) => {
  if (context.gone === true) return GO;
  const { stored, deps } = context;
  try {
    context.definition = await definePipeline(stored, deps.resources);
    return GO;
  } catch (error) {
    if (error instanceof ConnectionDisabled) await convergeStream(stored.id, null, deps);
    if (toHeadgateError(error).retryable) throw error;
    return stall(toErrorRecord(error, 'invalid_resource'));
  }
};

/** Events are delivered by a runner that is as declared; none while the pipeline is paused. */
export const runStream: PipelineStep = async (context) => {
  const { stored, deps, definition } = context;
  if (definition === undefined) return GO;
  const { eventsMs, eventBytes } = definition.normal.history;
  if (definition.stream === null) deps.keeper.forget(stored.id);
  else deps.keeper.keep(stored.id, { eventsMs, eventBytes });
  // What was accepted before the deletion is delivered even if the pipeline was paused then.
  const runs = stored.deletedAt !== null || !isPaused(stored);
  return convergeStream(stored.id, runs ? wantedStream(definition, deps.environment) : null, deps);
};
