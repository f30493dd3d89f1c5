import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { RouteDeps } from '../deps.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { authorize } from '../middleware/authorize.ts';
import { rateLimit } from '../middleware/rate-limit.ts';
import type { Presenter } from '../presenters/presenter.ts';
import { pathsOf, type Route } from '../route.ts';
import { createHandler } from './handler.ts';
import { createValidators } from './validate.ts';

/** The router of all routes: those marked `root` once, the others under the prefix of each presenter. */
export function mountRoutes(routes: readonly Route[], presenters: readonly Presenter[], deps: RouteDeps): Router {
  const router = new Router({ sensitive: true });
  const guards = [authenticate(deps), rateLimit(deps.limits.requestsPerSecond)];
  const validators = createValidators();
  for (const definition of routes) {
    const direct = definition.direct !== undefined;
    const access = definition.scope === null ? [] : [...guards, authorize(definition.scope)];
    for (const presenter of presenters) {
      const prefix = definition.root === true ? '' : presenter.prefix;
      const handle = createHandler(definition, { ...presenter, prefix }, deps, validators);
      for (const path of pathsOf(definition)) {
        const full = `${prefix}${path}`;
        // The router knows the paths of a direct route for 405 and OPTIONS; its requests never come here.
        router.register(
          routerPath(full),
          [definition.method],
          direct ? [named(full)] : [named(full), ...access, handle],
        );
      }
      if (definition.root === true) break;
    }
  }
  return router;
}

/** `/pipelines/{id}` in the form of the router: `/pipelines/:id`. */
function routerPath(path: string): string {
  return path.replaceAll(/\{([a-z_]+)\}/g, ':$1');
}

/** Remembers which route took the request, for metrics. */
function named(path: string): Middleware {
  return async (ctx, next) => {
    ctx.state['route'] = path;
    await next();
  };
}
