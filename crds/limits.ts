/** Upper bounds of a declared file. Reaching one is an `invalid_yaml` error that names it, never a hang. */
export const FILE_LIMITS = {
  /** Size of a file in bytes. */
  bytes: 1_048_576,
  /** YAML documents in one file. */
  documents: 1000,
  /** Levels of maps and lists within one document. */
  depth: 64,
  /** Uses of anchors (`*name`) in one file. */
  aliases: 1000,
  /** Values that the aliases of one file may stand for together; this is what stops a "billion laughs" file. */
  expandedValues: 100_000,
  /** Problems that are reported for one file. */
  errors: 100,
} as const;
