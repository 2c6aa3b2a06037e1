/**
 * @file The paper's judge: a chat model that is asked, at temperature 0, whether two answers mean the same.
 *
 * Each answer is judged by itself, so a verdict does not depend on what else is in the batch.
 */
import {
  type ChatMessage,
  type Clock,
  delimitAnswer,
  faithfulVerdict,
  judgeMessages,
  readStrictly,
  systemClock,
} from '../../reward/chat-judge';
import { type GuardedJudge, guardedJudge, type OpenJudge } from '../../reward/guarded-judge';
import type { JudgeRequest, JudgeResult } from '../../reward/types';
import type { FileStore } from '../store';
import { type Chat, ChatModel, type ChatModelOptions } from './chat-model';

/**
 * How the verdict is read.
 * `compared`: no text is generated; [[YES]] against [[NO]] as the reply, p = p(YES) / (p(YES) + p(NO)).
 * `explained`: the model explains and decides; its last [[YES]] or [[NO]] counts.
 * `released`: as the released code, `YES` anywhere in the reply, and answers shown as they are.
 */
export type VerdictMode = 'compared' | 'explained' | 'released';

const decisions = ['[[YES]]', '[[NO]]'] as const;
const maxAnswerCharacters = 2000;

/** The judge port over a chat model; `guardedJudge` adds cache, time limit and recovery. */
export function chatModelJudge(
  chat: Chat,
  id: string,
  mode: VerdictMode,
  clock: Clock = systemClock,
): OpenJudge {
  const ask = askers[mode];
  return {
    id,
    judge: async (requests) => {
      const results: JudgeResult[] = [];
      for (const request of requests) {
        const start = clock.now();
        const verdict = await ask(chat, request);
        results.push({ asked: true, ...verdict, ms: clock.now() - start });
      }
      return results;
    },
    close: () => chat.close(),
  };
}

type Verdict = Pick<Extract<JudgeResult, { asked: true }>, 'verdict' | 'probability' | 'reply'>;

/** The messages with every text as data: delimited, capped, without special tokens. */
function guardedMessages(
  chat: Chat,
  { question, prediction, gold }: JudgeRequest,
  reply: 'explained' | 'decision',
): ChatMessage[] {
  const shown = (answer: string) => chat.plain(delimitAnswer(answer, maxAnswerCharacters));
  return judgeMessages(chat.plain(question), shown(prediction), shown(gold), reply);
}

async function compared(chat: Chat, request: JudgeRequest): Promise<Verdict> {
  const [yes, no] = await chat.logProbabilities(guardedMessages(chat, request, 'decision'), decisions);
  const probability = 1 / (1 + Math.exp(no - yes));
  const verdict = probability > 0.5 ? 1 : 0;
  return { verdict, probability, reply: decisions[verdict === 1 ? 0 : 1] };
}

async function explained(chat: Chat, request: JudgeRequest): Promise<Verdict> {
  return readStrictly(await chat.complete(guardedMessages(chat, request, 'explained')));
}

async function released(chat: Chat, { question, prediction, gold }: JudgeRequest): Promise<Verdict> {
  const reply = await chat.complete(judgeMessages(question, prediction, gold));
  const verdict = faithfulVerdict(reply);
  return { verdict, probability: verdict, reply };
}

const askers: Record<VerdictMode, (chat: Chat, request: JudgeRequest) => Promise<Verdict>> = {
  compared,
  explained,
  released,
};

export interface ChatJudgeRequest extends ChatModelOptions {
  /** Name of the model: part of what a run records. */
  id: string;
  /** The model's folder. */
  store: FileStore;
  mode: VerdictMode;
  /** Longest wait for one answer, ms. */
  timeoutMs?: number;
}

/** The judge of a model folder: loaded when it is first asked, one answer a call. */
export function openChatJudge({ id, store, mode, timeoutMs, ...options }: ChatJudgeRequest): GuardedJudge {
  return guardedJudge(
    {
      id: `${id} (${mode})`,
      open: async () => chatModelJudge(await ChatModel.open(store, options), id, mode),
    },
    { batchSize: 1, timeoutMs },
  );
}
