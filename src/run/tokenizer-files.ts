/** @file The tokenizer of a checkpoint folder. */
import { CodedError } from '../errors';
import { PolicyTokenizer } from '../policy/tokenizer';
import type { Checkpoint } from './checkpoint';

/** @throws CodedError `checkpoint.tokenizer` where the files are missing or no byte-level BPE. */
export function loadTokenizer(checkpoint: Pick<Checkpoint, 'tokenizerFiles'>): PolicyTokenizer {
  const { 'tokenizer.json': tokenizer, 'tokenizer_config.json': config } = checkpoint.tokenizerFiles;
  try {
    return new PolicyTokenizer(JSON.parse(tokenizer ?? 'null'), JSON.parse(config ?? 'null'));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'The tokenizer files cannot be read.';
    throw new CodedError(
      'checkpoint.tokenizer',
      message,
      'Choose a folder with a byte-level BPE tokenizer.json and its tokenizer_config.json.',
      { cause },
    );
  }
}
