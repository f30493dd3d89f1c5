/** What a run that succeeded could not do beside its work. */
export const warnings = 'ALTER TABLE runs ADD COLUMN warning TEXT;';
