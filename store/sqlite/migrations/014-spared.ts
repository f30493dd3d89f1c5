/** Of the attempts of a run, those that never came to a runner. */
export const spared = 'ALTER TABLE runs ADD COLUMN spared INTEGER NOT NULL DEFAULT 0;';
