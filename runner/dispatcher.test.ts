import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startHttpServer } from '../test/servers/http.ts';
import { text } from '../test/servers/http-behaviours.ts';
import { guardedDispatcher } from './dispatcher.ts';
import type { Resolver } from './network.ts';

const NOTHING = { allow: [] };
const LOOPBACK = { allow: ['127.0.0.0/8'] };

const answering =
  (...addresses: readonly string[]): Resolver =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

describe('guardedDispatcher', () => {
  const dispatcher = (policy = NOTHING as { allow: readonly string[] }, resolver?: Resolver) =>
    guardedDispatcher(policy, { connectTimeout: 2000, idleTimeout: 2000, resolver });

  // Each of these is the loopback to some part of the stack: `URL` turns most of them into 127.0.0.1 or ::1.
  test.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://127.1',
    'http://127.0.1',
    'http://１２７.０.０.１',
    'http://0',
    'http://0.0.0.0',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[64:ff9b::7f00:1]',
    'http://[2002:7f00:1::]',
    'http://[0:0:0:0:0:0:0:1]',
    'http://localhost',
    'http://LOCALHOST.',
    'http://rebound.example',
    'https://127.0.0.1',
  ])('does not reach %s', async (origin) => {
    let connected = 0;
    const server = createServer(() => connected++).listen(0);
    const agent = await dispatcher(NOTHING, answering('127.0.0.1', '::1'));
    const { port } = server.address() as AddressInfo;
    const target = new URL(`${origin}:${port}/`);
    await expect(agent.request({ origin: target.origin, path: '/', method: 'GET' })).rejects.toMatchObject({
      code: 'address_refused',
    });
    await agent.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect(connected).toBe(0);
  });

  test('the address that was checked is the one that is connected, though the name changes its answer', async () => {
    const server = await startHttpServer({ '/': text('inside') });
    let asked = 0;
    const agent = await dispatcher(NOTHING, () => {
      asked += 1;
      return Promise.resolve([{ address: asked === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    });
    const get = () => agent.request({ origin: `http://rebind.example:${server.port}`, path: '/', method: 'GET' });
    await expect(get()).rejects.toMatchObject({ code: 'address_refused' });
    await expect(get()).rejects.toMatchObject({ code: 'address_refused' });
    expect(asked).toBe(2);
    await agent.destroy();
    await server.close();
    expect(server.requests).toEqual([]);
  });

  test('an allowed range is reached by name, resolved once per connection', async () => {
    const server = await startHttpServer({ '/': text('inside') });
    let asked = 0;
    const agent = await dispatcher(LOOPBACK, (name) => {
      asked += 1;
      return answering('127.0.0.1')(name);
    });
    const { body, statusCode } = await agent.request({
      origin: `http://inner.example:${server.port}`,
      path: '/',
      method: 'GET',
    });
    expect([statusCode, await body.text()]).toEqual([200, 'inside']);
    expect(server.requests[0]?.headers.host).toBe(`inner.example:${server.port}`);
    expect(asked).toBe(1);
    await agent.destroy();
    await server.close();
  });
});
