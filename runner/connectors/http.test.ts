import { startHttpServer, type Behaviour } from '../../test/servers/http.ts';
import { collection, text } from '../../test/servers/http-behaviours.ts';
import { acceptance } from './suite.ts';
import { http } from './http.ts';

const NO_TRANSACTIONS = 'HTTP has no transactions: what the server has accepted stays';

/** Takes all but what says that it should not. */
function refusing(behaviour: Behaviour): Behaviour {
  const no = text('told why', {}, 422);
  return (request, response) => (request.body.includes('refuse me') ? no : behaviour)(request, response);
}

acceptance({
  connector: http,
  place: async () => {
    const server = await startHttpServer({ '/': text('hello'), '/rows': refusing(collection()) });
    return {
      settings: { url: server.url, auth: { bearer: { token: 'hush' } } },
      stream: 'rows',
      // By DuckDB's own JSON, which keeps the microseconds that a JavaScript date has no room for.
      seed: async (relation, duck) => {
        const rows = (
          await duck.runAndReadAll(`SELECT to_json(r)::VARCHAR FROM (SELECT * FROM ${relation}) AS r`)
        ).getRows();
        await fetch(`${server.url}/rows`, { method: 'POST', body: `[${rows.join(',')}]` });
      },
      close: () => server.close(),
    };
  },
  broken: async () => {
    const server = await startHttpServer();
    await server.close();
    return { url: server.url, auth: { bearer: { token: 'hush' } }, connectTimeout: '1s' };
  },
  secrets: ['hush'],
  stream: { refused: { id: 9, name: 'refuse me' } },
  skip: {
    'round trip of types': 'JSON has texts, numbers and booleans only; what comes back has the types the engine infers',
    'an aborted load leaves the old content': NO_TRANSACTIONS,
    'an aborted writer leaves the old content': NO_TRANSACTIONS,
  },
});
