/** @file Names that a person can tell apart and say aloud: an adjective and an animal. */
import { fingerprint } from './document';

const adjectives =
  'able brave calm clear deft eager fair fond glad keen kind light lucid merry mild neat noble patient plain quick quiet rapt ready sage sharp spry steady sunny swift tidy warm wise'.split(
    ' ',
  );
const animals =
  'badger bear bee crane crow deer dove eagle falcon finch fox hare heron ibis jay kite lark lynx marten mole moth newt otter owl pike raven robin seal stork swan tern wren'.split(
    ' ',
  );

/** The same id has the same name. */
export function runName(id: string): string {
  const hash = Number.parseInt(fingerprint(id), 16);
  return `${adjectives[hash % adjectives.length]}-${animals[(hash >>> 8) % animals.length]}`;
}

/** What a person may call a run: one line of at most 80 characters; empty where nothing is left. */
export function cleanName(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80);
}
