/** What a command is given: the terminal, the settings of the user, the clock, and the signal to end. */
import type { Clock } from '../foundation/time.ts';
import { createStyle, type Style } from './output/style.ts';
import type { Terminal } from './terminal.ts';

/** What the environment variables say; read once, in the entry point. */
export interface CliEnvironment {
  /** `HEADGATE_SERVER` */
  readonly server?: string;
  /** `HEADGATE_TOKEN` */
  readonly token?: string;
  /** `HEADGATE_ADMIN_TOKEN` */
  readonly adminToken?: string;
  /** `HEADGATE_INSTALLATION`: where `kubectl headgate` finds the API. */
  readonly installation?: string;
  /** `HEADGATE_DATA` */
  readonly data?: string;
  /** `HEADGATE_SECRET_KEY` */
  readonly secretKey?: string;
  /** All variables, for commands that hand them on to processes they start. */
  readonly all: Readonly<Record<string, string | undefined>>;
}

export interface CliContext {
  readonly env: CliEnvironment;
  readonly terminal: Terminal;
  readonly style: Style;
  /** Absolute: relative paths start here. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly version: string;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Aborts at the second one, right before the process ends: listeners can do what takes no time. */
  readonly forced?: AbortSignal;
}

export function createContext(parts: Omit<CliContext, 'style'>): CliContext {
  return { ...parts, style: createStyle(parts.terminal.color) };
}

/** Ends a command with this exit code, everything having been said. */
export class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}
