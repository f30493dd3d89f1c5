import type { CheckResult, ConnectorContext } from '../../ports.ts';
import { describeUrl } from './describe-url.ts';
import type { HttpSettings } from './settings.ts';
import { clientOf, targetOf } from './target.ts';

/** Asks for the base address, for `check`. Throws when there is no answer at all. */
export async function probe(settings: HttpSettings, ctx: ConnectorContext): Promise<CheckResult> {
  const { url, headers } = targetOf(settings, undefined);
  const client = await clientOf(settings, ctx, 'source_failed');
  try {
    const { status, body } = await client.send({ method: 'GET', url, headers }, ctx.signal);
    body.on('error', () => undefined).destroy();
    // Many APIs have nothing at their base address: 404 and 405 prove that the server is there.
    const ok = status < 500 && ![401, 403, 407].includes(status);
    return { ok, message: `${describeUrl(url)} answered ${status}` };
  } finally {
    await client.close();
  }
}
