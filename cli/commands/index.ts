/** Every command, in the order in which help and reference show them. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { registerAudit } from './audit.ts';
import { registerCancel } from './cancel.ts';
import { registerCheck } from './check.ts';
import { registerKubectl } from '../kubectl/index.ts';
import type { RegisterCommand } from './command.ts';
import { registerCompletion } from './completion.ts';
import { registerDescribe } from './describe.ts';
import { registerDoctor } from './doctor.ts';
import { registerEvents } from './events/index.ts';
import { registerGet } from './get.ts';
import { registerInit } from './init.ts';
import { registerLogs } from './logs.ts';
import { registerPause } from './pause.ts';
import { registerPlan } from './plan.ts';
import { registerRun } from './run.ts';
import { registerRuns } from './runs.ts';
import { registerSecret } from './secret.ts';
import { registerServe } from './serve.ts';
import { registerSync } from './sync.ts';
import { registerToken } from './token.ts';
import { registerValidate } from './validate.ts';
import { registerVersion } from './version.ts';

const COMMANDS: readonly RegisterCommand[] = [
  registerInit,
  registerServe,
  registerValidate,
  registerPlan,
  registerSync,
  registerGet,
  registerDescribe,
  registerCheck,
  registerRun,
  registerRuns,
  registerLogs,
  registerCancel,
  registerEvents,
  registerPause,
  registerSecret,
  registerToken,
  registerAudit,
  registerKubectl,
  registerDoctor,
  registerCompletion,
  registerVersion,
];

export function registerCommands(program: Command, context: CliContext): void {
  for (const register of COMMANDS) register(program, context);
}
