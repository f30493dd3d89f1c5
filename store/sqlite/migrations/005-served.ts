/** Which requests a sync served. */
export const served = `
ALTER TABLE syncs ADD COLUMN served TEXT NOT NULL DEFAULT '[]';
`;
