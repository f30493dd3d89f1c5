import { fileURLToPath } from 'node:url';

/**
 * Environment of all tests, and so of the processes that they start: Node keeps what it has compiled, which halves the processor
 * time of a start. Vitest turns that off where it measures coverage.
 */
export const TEST_ENVIRONMENT = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)),
} as const;
