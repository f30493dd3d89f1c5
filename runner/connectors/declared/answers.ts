/** What an answer means: by the manifest's rules, and by its status where none of them fits. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import type { AnswerRule } from '../../../crds/index.ts';
import type { Answer } from '../http/client.ts';
import { describeStatus, isRetryable } from '../http/status.ts';
import type { CompiledRule } from './manifest.ts';
import { textOf, type Scope, type Template } from './template.ts';

export interface Judgement {
  readonly as: AnswerRule['as'];
  /** What is said of it; empty for what is taken. Texts of the API in it are cut. */
  readonly message: string;
  readonly hint?: string;
  /** Seconds, for `later`, where a rule says it. */
  readonly wait?: number;
}

/** Characters of an API's own message that are quoted. */
const MAX_QUOTE = 300;

/** 404 and 405 of an address that no record has a part in speak of the manifest, not of a record. */
const NOT_THE_RECORD = new Set([401, 402, 403, 404, 405, 406, 407, 410, 411, 415, 421, 426, 431, 451]);
const OF_THE_PATH = new Set([404, 405, 410]);

/**
 * `body` is the parsed JSON, or null; `pathOfRecord`: the record has a part in the path. A rule that cannot be computed for
 * an answer is not for it: what an API answers when it fails need not have the form of its other answers.
 */
export function judge(
  answer: Omit<Answer, 'body'>,
  body: unknown,
  given: { readonly rules: readonly CompiledRule[]; readonly settings: Scope; readonly pathOfRecord: boolean },
): Judgement {
  const { status, headers } = answer;
  const scope = { status: BigInt(status), headers, body, settings: given.settings };
  const found = given.rules.find(
    ({ rule, when }) => (rule.statuses?.includes(status) ?? true) && (when === null || valueOf(when, scope) === true),
  );
  const { message, hint } = describeStatus(answer);
  const about = hint === undefined ? { message } : { message, hint };
  if (found === undefined) return { as: byStatus(status, given.pathOfRecord), ...about };
  const { as, wait } = found.rule;
  const said = found.message === null ? '' : quoted(textOf(valueOf(found.message, scope)));
  return {
    as,
    ...about,
    message: said === '' ? message : `${message}: ${said}`,
    ...(wait === undefined ? {} : { wait: parseDuration(wait) / 1000 }),
  };
}

function valueOf(template: Template, scope: Scope): unknown {
  try {
    return template(scope);
  } catch (error) {
    if (error instanceof HeadgateError && error.code === 'transform_failed') return null;
    throw error;
  }
}

function byStatus(status: number, pathOfRecord: boolean): Judgement['as'] {
  if (status >= 200 && status <= 299) return 'taken';
  if (isRetryable(status)) return 'later';
  if (status < 400 || status >= 500) return 'failed';
  if (OF_THE_PATH.has(status) && pathOfRecord) return 'refused';
  return NOT_THE_RECORD.has(status) ? 'failed' : 'refused';
}

const quoted = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_QUOTE);

/** The error for an answer of an API that is read. */
export function readError(judgement: Judgement, retryAfter: number | undefined): HeadgateError {
  const later = judgement.as === 'later';
  return new HeadgateError('source_failed', judgement.message, {
    retryable: later,
    ...(later && retryAfter !== undefined ? { retryAfter } : {}),
    ...(judgement.hint === undefined ? {} : { hint: judgement.hint }),
  });
}
