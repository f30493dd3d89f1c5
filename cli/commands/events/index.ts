import type { RegisterCommand } from '../command.ts';
import { registerCancel } from './cancel.ts';
import { registerDeadLetters } from './dead-letters.ts';
import { registerGet } from './get.ts';
import { registerList } from './list.ts';
import { registerReplay } from './replay.ts';
import { registerRetry } from './retry.ts';
import { registerSend } from './send.ts';
import { registerTail } from './tail.ts';

/** `events tail`, `events list` and so on. */
export const registerEvents: RegisterCommand = (program, context) => {
  const events = program.command('events').description('See, send, retry and replay the events of stream pipelines');
  const commands = [
    registerTail,
    registerList,
    registerGet,
    registerSend,
    registerRetry,
    registerCancel,
    registerReplay,
    registerDeadLetters,
  ];
  for (const register of commands) register(events, context);
};
