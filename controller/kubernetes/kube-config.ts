import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { KubeConfig } from '@kubernetes/client-node';

const require = createRequire(import.meta.url);

/**
 * `KubeConfig` of @kubernetes/client-node without the clients that are generated for every type of the API: its file imports them
 * all, 2,000 modules that take 60 MB and seconds of a slow processor, for two names of the generated base. It gets the base alone;
 * whoever imports the whole package beside still gets the whole, with the same `KubeConfig`.
 */
export function loadKubeConfig(): typeof KubeConfig {
  const file = require.resolve('@kubernetes/client-node/dist/config.js');
  const parent = pathToFileURL(file).href;
  const base = new URL('generated-base.ts', import.meta.url).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const isAll = specifier === './gen/index.js' && context.parentURL === parent;
      return next(isAll ? base : specifier, context);
    },
  });
  try {
    return (require(file) as { readonly KubeConfig: typeof KubeConfig }).KubeConfig;
  } finally {
    hooks.deregister();
  }
}
