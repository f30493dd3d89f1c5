/**
 * `node sdk/testing/serve.ts`: the lab for suites in other languages. Says where it is as one line of JSON, restarts the server when
 * it reads `restart`, says `{}` then, and ends with its input.
 */
import { createInterface } from 'node:readline';
import { startLab } from './lab.ts';

const lab = await startLab();
const { url, token, readToken, streamId, proxy } = lab;
process.stdout.write(`${JSON.stringify({ url, token, readToken, streamId, proxy: proxy.url })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'restart') continue;
  await lab.restart();
  process.stdout.write('{}\n');
}
await lab.close();
