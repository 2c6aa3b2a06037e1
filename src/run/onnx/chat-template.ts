/**
 * @file From messages to a prompt text. Templates are Jinja programs; who can run them hands a compiler in, and the
 * plain ChatML form (Qwen2.5 and many others) is built in.
 */
import { CodedError } from '../../errors';
import type { ChatMessage } from '../../reward/chat-judge';

/** Prompt text up to where the assistant's reply begins. */
export type RenderChat = (messages: readonly ChatMessage[]) => string;

/** Makes a renderer of a model's chat template; `tokens` are the texts that templates name, such as `bos_token`. */
export type CompileTemplate = (template: string, tokens: Readonly<Record<string, string>>) => RenderChat;

/**
 * ChatML without a template engine.
 * @throws CodedError `chat.template` where the template is of another form.
 */
export const compileChatMl: CompileTemplate = (template) => {
  if (!template.includes('<|im_start|>')) {
    throw new CodedError(
      'chat.template',
      'The chat template of this model is not ChatML.',
      'Choose a model with the ChatML template, such as Qwen2.5-Instruct.',
    );
  }
  return (messages) =>
    `${messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join('')}<|im_start|>assistant\n`;
};
