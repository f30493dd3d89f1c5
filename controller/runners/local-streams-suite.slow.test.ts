import { silentLogger } from '../../foundation/log.ts';
import { childrenOf } from '../../test/slow/events/processes.ts';
import { streamLab } from '../../test/streams.ts';
import { LocalStreams } from './local-streams.ts';
import { streamsSuite } from './suites/streams.ts';

streamsSuite('processes', { startMs: 15_000, testMs: 60_000 }, async () => {
  const lab = await streamLab();
  const env = { ...process.env, HEADGATE_LOG_LEVEL: 'silent' };
  const streams = new LocalStreams({ hosts: 1, env, log: silentLogger(), graceMs: 500 });
  return {
    streams,
    lab,
    host: '127.0.0.1',
    declare: async (name, url) => ({
      assignment: lab.assignment({ id: `pl_${name}`, destinations: [{ connector: 'http', settings: { url } }] }),
      shape: { resources: {}, podTemplate: {}, replicas: 1 },
    }),
    kill: async () => {
      const hosts = childrenOf(process.pid).filter(({ command }) => command.includes('runner/host.ts'));
      for (const { pid } of hosts) process.kill(pid, 'SIGKILL');
    },
    close: async () => {
      await streams.close(0);
      await lab.close();
    },
  };
});
