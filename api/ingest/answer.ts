/** What becomes of the outcomes of a request. */
import { ERROR_CODES, HeadgateError, isHeadgateError, type Issue } from '../../foundation/errors.ts';
import { rfc3339 } from '../../foundation/time.ts';
import { sendJson, type Exchange } from './exchange.ts';
import type { Outcome, Stored } from './intake.ts';
import type { IngestMetrics } from './metrics.ts';

/** Of the events that were rejected, so many are named when all were. */
const MAX_NAMED = 50;

/** An event that is not acted upon, and whose sender can do nothing about it. */
export interface Ignored {
  readonly ignored: true;
  readonly type: string;
  readonly reason: string;
}

const isIgnored = (outcome: Outcome | Ignored): outcome is Ignored => 'ignored' in outcome;

/** Answers for one event that was sent as such. Throws its error. */
export function answerOne(exchange: Exchange, outcome: Outcome): void {
  if (isHeadgateError(outcome)) throw outcome;
  const [before, behind] = exchange.presenter.wrap;
  sendJson(exchange, 200, `${before}${itemsOf([outcome])}${behind}`);
}

/**
 * Answers for several: 200 when all were accepted or ignored, 207 when some were, so that nobody overlooks the others, in the
 * same form under every prefix. `places` are those of the events in the request, where an event has several outcomes. Throws
 * the first error when all were rejected for the same reason: it then says all there is to say.
 */
export function answerAll(
  exchange: Exchange,
  outcomes: readonly (Outcome | Ignored)[],
  metrics: IngestMetrics,
  places?: readonly number[],
): void {
  const errors = outcomes.filter(isHeadgateError);
  if (errors.length === outcomes.length && errors.length > 0) throwShared(errors, places);
  for (const { code } of errors) metrics.rejected(code);
  const rejected = errors.length;
  const ignored = outcomes.filter(isIgnored).length;
  const counts = `"accepted":${outcomes.length - rejected - ignored},"rejected":${rejected}`;
  const body = `{"data":[${itemsOf(outcomes, places)}],${counts}${ignored === 0 ? '' : `,"ignored":${ignored}`}}`;
  sendJson(exchange, rejected === 0 ? 200 : 207, body);
}

/** The items of a list as JSON. Put together as text: for thousands of events a second this counts. */
function itemsOf(outcomes: readonly (Outcome | Ignored)[], places?: readonly number[]): string {
  let items = '';
  // Nearly always all events of a request have one type and one pipeline, and those of a commit one time.
  let last: Stored | null = null;
  let rest = '';
  for (const [at, outcome] of outcomes.entries()) {
    if (at > 0) items += ',';
    const index = places?.[at] ?? at;
    if (isHeadgateError(outcome)) {
      items += JSON.stringify(rejection(outcome, index));
      continue;
    }
    if (isIgnored(outcome)) {
      items += JSON.stringify({ index, event_type: outcome.type, status: 'ignored', reason: outcome.reason });
      continue;
    }
    const { id, pipelineId, type, receivedAt } = outcome;
    if (last?.receivedAt !== receivedAt || last.type !== type || last.pipelineId !== pipelineId) {
      rest = JSON.stringify(afterIds(outcome)).slice(1);
      last = outcome;
    }
    items += `{"id":"${id}","event_id":"${id}",${rest}`;
  }
  return items;
}

function throwShared(errors: readonly HeadgateError[], places?: readonly number[]): void {
  const [first] = errors as [HeadgateError];
  if (errors.some(({ code }) => code !== first.code)) return;
  const issues = errors.slice(0, MAX_NAMED).flatMap((error, at) => placed(error, places?.[at] ?? at));
  const { code, message, hint, cause } = first;
  const all = errors.length === 1 ? message : `none of ${errors.length} events was accepted; the first: ${message}`;
  throw new HeadgateError(code, all, { hint, cause, issues: issues.slice(0, MAX_NAMED) });
}

function placed({ issues, message }: HeadgateError, index: number): readonly Issue[] {
  if (issues.length === 0) return [{ pointer: `/${index}`, message }];
  return issues.map((issue) => ({ ...issue, pointer: `/${index}${issue.pointer === '/' ? '' : issue.pointer}` }));
}

function rejection({ code, message, hint, issues }: HeadgateError, index: number): object {
  return {
    index,
    error: {
      code,
      message,
      hint: hint ?? ERROR_CODES[code].fix,
      ...(issues.length === 0
        ? {}
        : { errors: issues.map((issue) => ({ pointer: issue.pointer, message: issue.message })) }),
    },
  };
}

/** What an answer says of an event behind its two ids. */
function afterIds({ pipelineId, type, receivedAt }: Stored): object {
  return { pipeline_id: pipelineId, event_type: type, status: 'accepted', received_at: rfc3339(receivedAt) };
}
