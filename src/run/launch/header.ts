/** @file The comment that opens a launch script: what it is for, where it comes from, what is not carried over. */
import { commentText } from './literals';
import { type LaunchStage, type NotCarried, targetNames } from './plan';
import type { LaunchTarget } from './setting-keys';

/**
 * Lines that begin with `#`. Nothing from outside stands in the first two of a file, where Python looks for an encoding:
 * the caller's own first line and the first one here are fixed.
 */
export function headerLines(
  { number, of, name, steps, config }: LaunchStage,
  target: LaunchTarget,
  losses: readonly NotCarried[],
  title: string | null,
): string[] {
  const hasName = name !== null && name !== `stage ${number}`;
  const part = `stage ${number} of ${of}${hasName ? `, ${commentText(name)}` : ''}`;
  return [
    `# For ${targetNames[target]}.`,
    `# Written by Longview from preset ${config.preset}, seed ${config.seed}.`,
    `# ${part}: prompts of up to ${config.max_prompt_length} tokens, ${steps === null ? 'steps as EPOCHS says' : `${steps} steps`}`,
    ...(title === null ? [] : [`# Questions: ${commentText(title)}`]),
    '#',
    '# Not transferable:',
    ...losses.map(({ setting, reason }) => `# - ${setting}: ${commentText(reason)}`),
    ...(losses.length === 0 ? ['# - nothing'] : []),
  ];
}
