import type { Emitter } from '../emitter.ts';
import { usedModels } from '../reach.ts';
import { shapesOf } from '../shapes.ts';
import { GENERATED } from '../text.ts';
import { modelsFile } from './models.ts';
import { pythonName } from './names.ts';
import { resourcesFile } from './resources.ts';

const FOLDER = 'sdk/python/src/headgate/_gen';

/** Dataclasses for what is answered, typed dictionaries for what is sent, and two classes for each resource. */
export const python: Emitter = {
  language: 'Python',
  emit: (sdk) => {
    const models = usedModels(sdk);
    const sent = shapesOf(
      models.filter(({ input }) => input),
      pythonName,
    );
    const answered = shapesOf(
      models.filter(({ output }) => output),
      pythonName,
      true,
    );
    return new Map([
      [`${FOLDER}/__init__.py`, `# ${GENERATED}\n`],
      [`${FOLDER}/models.py`, modelsFile(models, sdk.errorCodes, sent, answered)],
      [`${FOLDER}/resources.py`, resourcesFile(sdk, sent, answered)],
    ]);
  },
};
