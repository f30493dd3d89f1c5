import { isHeadgateError, messageOf } from '../../foundation/errors.ts';
import type { CliContext } from '../context.ts';
import type { TargetOptions } from '../target.ts';

/** What one check found. `warn`: works, but look at it. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly hint?: string;
}

export interface DoctorContext {
  readonly cli: CliContext;
  readonly options: TargetOptions;
  /** Absolute. */
  readonly dataDir: string;
}

/** One thing that is looked at. What it throws is a finding too. */
export interface Check {
  readonly name: string;
  readonly run: (context: DoctorContext) => Promise<Omit<Finding, 'check'>>;
}

/** Never throws. */
export async function runCheck({ name, run }: Check, context: DoctorContext): Promise<Finding> {
  try {
    return { check: name, ...(await run(context)) };
  } catch (error) {
    const hint = isHeadgateError(error) ? error.hint : undefined;
    const finding = { check: name, status: 'fail' as const, message: messageOf(error) };
    return hint === undefined ? finding : { ...finding, hint };
  }
}

export const ok = (message: string) => ({ status: 'ok', message }) as const;
export const warn = (message: string, hint: string) => ({ status: 'warn', message, hint }) as const;
export const fail = (message: string, hint: string) => ({ status: 'fail', message, hint }) as const;
