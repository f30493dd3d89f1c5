import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { recordRefused } from '../changes/audit.ts';
import type { RouteDeps } from '../deps.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { authorize } from '../middleware/authorize.ts';
import { refuseMethod } from '../middleware/methods.ts';
import { rateLimit } from '../middleware/rate-limit.ts';
import type { Presenter } from '../presenters/presenter.ts';
import { isChange, pathsOf, type Method, type Route } from '../route.ts';
import { createHandler } from './handler.ts';
import { createValidators } from './validate.ts';

/** The router of all routes: those marked `root` once, the others under the prefix of each presenter. */
export function mountRoutes(routes: readonly Route[], presenters: readonly Presenter[], deps: RouteDeps): Router {
  const router = new Router({ sensitive: true });
  const limited = rateLimit(deps.limits.requestsPerSecond);
  const validators = createValidators();
  refuseShadowed(router, routes, presenters);
  for (const definition of routes) {
    const direct = definition.direct !== undefined;
    const recording = isChange(definition) ? [recordRefused(definition, deps)] : [];
    const { scope } = definition;
    const access = scope === null ? [] : [...recording, authenticate(deps, scope), limited, authorize(scope)];
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

/**
 * `/events/filter` is no event: a path that stands there in letters is never taken for a parameter of another one, whatever
 * the method.
 */
function refuseShadowed(router: Router, routes: readonly Route[], presenters: readonly Presenter[]): void {
  const methodsAt = new Map<string, Set<Method>>();
  for (const definition of routes) {
    const prefixes = definition.root === true ? [''] : presenters.map(({ prefix }) => prefix);
    for (const full of prefixes.flatMap((prefix) => pathsOf(definition).map((path) => `${prefix}${path}`))) {
      methodsAt.set(full, (methodsAt.get(full) ?? new Set()).add(definition.method));
    }
  }
  for (const [path, own] of methodsAt) {
    const others = [...methodsAt].filter(([other]) => shadows(path, other)).flatMap(([, methods]) => [...methods]);
    const foreign = [...new Set(others)].filter((method) => !own.has(method));
    if (foreign.length > 0)
      router.register(routerPath(path), [...foreign, 'OPTIONS'], [named(path), refuseMethod([...own])]);
  }
}

/** Whether every request to `path` would fit `other` as well, which has parameters where `path` has letters. */
function shadows(path: string, other: string): boolean {
  const segments = path.split('/');
  const others = other.split('/');
  return (
    path !== other &&
    segments.length === others.length &&
    others.every((segment, index) => segment.startsWith('{') || segment === segments[index])
  );
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
