/** @file How much of a data set is read. */
export const datasetLimits = {
  /** Bytes of the file. */
  bytes: 64e6,
  /** Rows that are read; later ones are left out. */
  rows: 50_000,
  /** Characters of all contexts together. */
  characters: 64e6,
};
