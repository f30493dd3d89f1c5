import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** In a process of its own: here others may have loaded the whole package. */
function loaded(lines: readonly string[]): { readonly modules: number; readonly said: string } {
  const at = fileURLToPath(new URL('kube-config.ts', import.meta.url));
  const program = `
    import { registerHooks } from 'node:module';
    let modules = 0;
    registerHooks({ load: (url, context, next) => {
      if (url.includes('/client-node/dist/gen/')) modules++;
      return next(url, context);
    } });
    const { loadKubeConfig } = await import(${JSON.stringify(at)});
    let said = '';
    ${lines.join('\n')}
    console.log(JSON.stringify({ modules, said }));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  return JSON.parse(text) as { modules: number; said: string };
}

const USE = [
  'const config = new (loadKubeConfig())();',
  "config.loadFromString(JSON.stringify({ clusters: [{ name: 'a', cluster: { server: 'https://a.example' } }],",
  "  users: [{ name: 'u', user: { token: 't' } }], contexts: [{ name: 'c', context: { cluster: 'a', user: 'u' } }], 'current-context': 'c' }));",
  'said = config.getCurrentCluster().server;',
];

test('reads a kubeconfig without the generated models and clients', () => {
  const { modules, said } = loaded(USE);
  expect(said).toBe('https://a.example');
  expect(modules).toBeGreaterThan(0);
  expect(modules).toBeLessThan(20);
});

test('who imports the whole package has the same class', () => {
  const whole = "const all = await import('@kubernetes/client-node');";
  const same = 'said = String(all.KubeConfig === loadKubeConfig() && typeof all.CoreV1Api);';
  expect(loaded([...USE, whole, same]).said).toBe('function');
});
