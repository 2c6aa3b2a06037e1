/** @file Words of the launch scripts in the Export view. */

export const launchWords = {
  title: 'Train it elsewhere',
  about: 'These settings as scripts that launch the same training.',
  target: 'Framework',
  file: 'File',
  lost: 'Not transferable',
  lostNothing: 'Everything is carried over.',
  script: (name: string) => `${name}, to read`,
  download: (files: number) => (files === 1 ? 'Download the script' : `Download ${files} files`),
  data: 'The rows they train on: Questions as parquet, above.',
};
