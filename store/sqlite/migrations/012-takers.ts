/** Which process has taken up the attempt of a run, where more than one may be started for it. */
export const takers = 'ALTER TABLE runs ADD COLUMN taken_by TEXT;';
