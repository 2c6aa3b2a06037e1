/** @file Words about levels and links. */
import { bytes, whole } from './format';

export const linkStrings = {
  level: {
    label: 'Level of detail',
    play: 'Play',
    lab: 'Lab',
    playTitle: 'One screen, one question',
    labTitle: 'All views of the same run',
    loading: 'Loading the Lab…',
  },
  share: {
    button: 'Share',
    title: 'A link to this run',
    holds: 'It holds the settings that differ from the preset, the seed and the view.',
    document: 'The document’s text is not in it; whoever opens the link trains on the page’s own document.',
    documentShipped: 'The document’s text is not in it; the page brings the same one.',
    field: 'Link',
    withText: (characters: number, size: number) =>
      `Put the document’s text in: ${whole(characters)} characters, ${bytes(size)} of link`,
    textIn: 'The document’s text is in it: whoever has the link can read it.',
    textLong: (most: number) =>
      `Only plain texts of at most ${whole(most)} characters can be put into a link; send the file itself.`,
    copy: 'Copy link',
    copied: 'Copied',
    long: 'Long settings are packed into the link’s last part.',
    close: 'Close',
  },
  notices: {
    unknown: (key: string) => `The link names "${key}", which this page does not know; it was left out.`,
    unknownAdvice: (nearest: string) => `Did you mean "${nearest}"?`,
    value: (key: string, value: string) =>
      `The link says ${key}=${value}, which is no possible value; it was left out.`,
    valueAdvice: (range: string) => `Possible: ${range}.`,
    document: 'The text in the link could not be read; the page’s own document is used.',
    documentAdvice: 'Copy the whole link again, to its last letter, or ask for the file.',
    documentTitle: 'Text from a link',
    packed: 'The packed settings of the link could not be read; the preset’s are used.',
    packedAdvice: 'Copy the whole link again, to its last letter.',
  },
};
