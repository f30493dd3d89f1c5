import { storeSuites } from '../suites/index.ts';
import { temporaryStore } from './temporary.ts';

storeSuites('sqlite', temporaryStore);
