/**
 * @file From messages to a prompt text. Chat templates are Jinja programs that come with the model; they are run by
 * Hugging Face's interpreter, which evaluates no JavaScript.
 */
import { CodedError } from '../../errors';
import type { ChatMessage } from '../../reward/chat-judge';

/** Prompt text up to where the assistant's reply begins. */
export type RenderChat = (messages: readonly ChatMessage[]) => string;

/**
 * A renderer of a model's chat template; `tokens` are the texts that templates name, such as `bos_token`.
 * @throws CodedError `chat.template` where the template cannot be read; the renderer too, where it cannot be run.
 */
export async function compileTemplate(
  source: string,
  tokens: Readonly<Record<string, string>>,
): Promise<RenderChat> {
  const { Template } = await import('@huggingface/jinja');
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CodedError(
        'chat.template',
        `The chat template of this model cannot be used: ${reason.slice(0, 200)}`,
        'Choose a model whose tokenizer_config.json holds a working chat template.',
        { cause },
      );
    }
  };
  const template = guarded(() => new Template(source));
  return (messages) =>
    guarded(() => template.render({ messages: [...messages], add_generation_prompt: true, ...tokens }));
}
