import { api } from './api.ts';
import { apiV1 } from './api-v1.ts';
import type { Presenter } from './presenter.ts';
import { v1 } from './v1.ts';

/** Every prefix that the routes answer under; the first one is the one that the documentation speaks of. */
export const PRESENTERS: readonly Presenter[] = [v1, apiV1, api];
