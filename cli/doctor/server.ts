/** Whether the server answers, is ready, knows our token, and has the same time. */
import { ERROR_CODES } from '../../foundation/errors.ts';
import { connect, findTarget } from '../target.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Tokens and schedules go by the clock; this much does not matter. Milliseconds. */
const CLOCK_TOLERANCE = 5000;
const TIMEOUT_MS = 10_000;

export const serverCheck: Check = {
  name: 'server',
  run: async ({ cli, options }) => {
    const target = findTarget(cli, options);
    const client = connect(cli, options);
    const { version, environment } = await client.get<{ version: string; environment: string }>('/version');
    const about = `${target.url}: version ${version}, environment ${environment}`;
    if (version !== cli.version) return warn(about, `this command has version ${cli.version}: use the same for both`);
    return ok(about);
  },
};

export const readyCheck: Check = {
  name: 'ready',
  run: async ({ cli, options }) => {
    await connect(cli, options).get('/readyz');
    return ok('the server does its work');
  },
};

export const tokenCheck: Check = {
  name: 'token',
  run: async ({ cli, options }) => {
    const { tokenFrom } = findTarget(cli, options);
    if (tokenFrom === null) return fail('no token was found', ERROR_CODES.unauthorized.fix);
    await connect(cli, options).get('/v1/pipelines', { limit: 1 });
    return ok(`from ${tokenFrom}, accepted`);
  },
};

export const clockCheck: Check = {
  name: 'clock',
  run: async ({ cli, options }) => {
    const { url } = findTarget(cli, options);
    const signal = AbortSignal.any([cli.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(`${url}/healthz`, { signal, redirect: 'error' });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(date)) return warn('the server does not tell its time', 'is there a proxy in between?');
    const apart = Math.abs(cli.clock() - date);
    return apart > CLOCK_TOLERANCE
      ? warn(`${Math.round(apart / 1000)} s apart from the server`, 'synchronise both clocks, for example with NTP')
      : ok('same time as the server');
  },
};
