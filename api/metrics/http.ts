import { Counter, Histogram, type Registry } from 'prom-client';

export interface HttpMetrics {
  /** `route` is the declared path, not the requested one: the number of series is bounded by the number of routes. */
  observe(method: string, route: string, status: number, seconds: number): void;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** Registers the request metrics; a registry serves one API. */
export function httpMetrics(registry: Registry): HttpMetrics {
  const requests = new Counter({
    name: 'headgate_http_requests_total',
    help: 'Requests answered, by method, route and status (499: the client went away first).',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'headgate_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  });
  return {
    observe(method, route, status, seconds) {
      const known = METHODS.has(method) ? method : 'other';
      requests.inc({ method: known, route, status: String(status) });
      durations.observe({ method: known, route }, seconds);
    },
  };
}
