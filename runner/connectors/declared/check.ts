import { messageOf } from '../../../foundation/errors.ts';
import type { CheckResult, ConnectorContext } from '../../ports.ts';
import { describeUrl } from '../http/describe-url.ts';
import { encodeJson } from '../http/encode.ts';
import { addQuery, targetOf } from '../http/target.ts';
import { jsonOf } from './answer-body.ts';
import { judge } from './answers.ts';
import { Api, baseSettings, computed, type Settings } from './api.ts';
import { textsOf, type CompiledManifest } from './manifest.ts';
import { textOf } from './template.ts';

/** Makes the manifest's check request, or asks for the base address where it has none. Never throws. */
export async function checkConnection(
  manifest: CompiledManifest,
  settings: Settings,
  ctx: ConnectorContext,
): Promise<CheckResult> {
  let api: Api | null = null;
  try {
    const { check } = manifest;
    const scope = { settings };
    const path = check === null ? '' : computed(scope, check.path);
    const target = targetOf(baseSettings(manifest, settings), path === '' ? undefined : path);
    if (check !== null)
      addQuery(
        target.url,
        computed(scope, (values) => textsOf(check.query, values, textOf)),
      );
    const body = check?.body === null || check === null ? undefined : encodeJson(computed(scope, check.body));
    api = await Api.open(manifest, settings, ctx, { failure: 'source_failed' });
    const answer = await api.send(
      {
        method: manifest.spec.check?.method ?? 'GET',
        url: target.url,
        headers: {
          accept: 'application/json, */*;q=0.1',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...target.headers,
        },
        ...(body === undefined ? {} : { body }),
      },
      ctx.signal,
    );
    const json = jsonOf(await api.text(answer));
    const message = `${describeUrl(answer.url)} answered ${answer.status}`;
    // Many APIs have nothing at their base address: 404 and 405 prove that the server is there.
    if (check === null) return { ok: answer.status < 500 && ![401, 403, 407].includes(answer.status), message };
    if (check.expect !== null) {
      const { status, headers } = answer;
      const ok = check.expect({ status: BigInt(status), headers, body: json, settings }) === true;
      return { ok, message: ok ? message : `${message}, which is not what the connector expects` };
    }
    const judgement = judge(answer, json, { rules: manifest.answers, settings, pathOfRecord: false });
    return { ok: judgement.as === 'taken', message: judgement.as === 'taken' ? message : judgement.message };
  } catch (error) {
    ctx.signal.throwIfAborted();
    return { ok: false, message: messageOf(error) };
  } finally {
    await api?.close();
  }
}
