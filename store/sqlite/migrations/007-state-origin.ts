/** Of what source the incremental state is. States from before name none, and fit any. */
export const stateOrigin = `
ALTER TABLE incremental_state ADD COLUMN origin TEXT NOT NULL DEFAULT '';
`;
