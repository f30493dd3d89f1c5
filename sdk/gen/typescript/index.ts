import type { Emitter } from '../emitter.ts';
import { usedModels } from '../reach.ts';
import { camel } from '../names.ts';
import { shapesOf } from '../shapes.ts';
import { modelsFile } from './models.ts';
import { resourcesFile } from './resources.ts';
import { shapesFile } from './shapes.ts';

const FOLDER = 'sdk/typescript/src/gen';

/** Interfaces, a class for each resource, and the table that keys are converted by. */
export const typescript: Emitter = {
  language: 'TypeScript',
  emit: (sdk) => {
    const models = usedModels(sdk);
    const shapes = shapesOf(models, camel);
    return new Map([
      [`${FOLDER}/models.gen.ts`, modelsFile(models, sdk.errorCodes)],
      [`${FOLDER}/shapes.gen.ts`, shapesFile(shapes)],
      [`${FOLDER}/resources.gen.ts`, resourcesFile(sdk, shapes)],
    ]);
  },
};
