/** @file The words about the judge and the reward-hacking lab. */
import { whole } from './format';

export const judgeStrings = {
  unavailable: {
    message: (reason: string) => `The judge gives no verdict (${reason}), so the rule alone decides.`,
    advice: 'Training goes on; the judge is asked again by itself, or load it again.',
  },
  unloaded: {
    message: (name: string, reason: string) => `The judge “${name}” could not be loaded: ${reason}`,
    advice: 'Choose another judge; the reward is as it was before.',
  },
  folder: {
    message: (files: number) =>
      files === 0 ? 'The folder is empty.' : `The folder holds ${whole(files)} files, which is no model’s.`,
    advice: 'Choose a folder in Hugging Face layout: onnx/model….onnx, tokenizer.json, tokenizer_config.json.',
  },
};
