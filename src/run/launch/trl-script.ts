/** @file Settings as a Python script that trains with TRL's GRPOTrainer: one argument of GRPOConfig a setting, and the reward. */

import { updatesPerBatch } from '../config';
import { headerLines } from './header';
import { type Literal, pythonLiteral } from './literals';
import { type LaunchStage, transfer } from './plan';
import { rewardFunction } from './reward-python';
import { isPlainPath } from './setting-keys';

/** Arguments that count answers of all processes together. */
const shared: ReadonlySet<string> = new Set(['gradient_accumulation_steps']);

/** @param title of the document or data set; stands in a comment. */
export function trlScript(stage: LaunchStage, title: string | null): string {
  const { config, stem, steps, of } = stage;
  const { entries, losses } = transfer(config, 'trl');
  const constants = entries.filter(({ key }) => /^[A-Z_]+$/.test(key));
  const set = entries.filter((each) => !constants.includes(each));
  const name = `${config.preset}-${of === 1 ? 'run' : stem}`;
  const maxSteps: [string, Literal] | null =
    steps === null ? null : ['max_steps', steps * updatesPerBatch(config)];
  return [
    '# Trains a policy by GRPO: accelerate launch train.py',
    ...headerLines(stage, 'trl', losses, title),
    '',
    'import os',
    'import re',
    'import string',
    '',
    'from datasets import load_dataset',
    'from transformers import AutoTokenizer',
    'from trl import GRPOConfig, GRPOTrainer',
    '',
    ...modelLines(stage),
    `DATA_DIR = os.environ.get("DATA_DIR", ".")  # ${stem}.parquet and test.parquet, in verl's columns`,
    'OUT = os.environ.get("OUT", "./checkpoints")',
    'EPOCHS = float(os.environ.get("EPOCHS", "30"))',
    'USE_VLLM = os.environ.get("USE_VLLM", "1") == "1"',
    'WORLD_SIZE = int(os.environ.get("WORLD_SIZE", "1"))',
    ...constants.map(({ key, value }) => `${key} = ${pythonLiteral(value)}`),
    '',
    '',
    rewardFunction,
    '',
    body,
    'args = GRPOConfig(',
    ...[
      `output_dir=os.path.join(OUT, ${pythonLiteral(name)})`,
      ...set.map(({ key, value }) =>
        shared.has(key) ? `${key}=per_process(${pythonLiteral(value)})` : `${key}=${pythonLiteral(value)}`,
      ),
      maxSteps ? `${maxSteps[0]}=${pythonLiteral(maxSteps[1])}` : 'num_train_epochs=EPOCHS',
      'max_completion_length=MAX_COMPLETION_LENGTH',
      'logging_steps=1',
      'log_completions=True',
      'use_vllm=USE_VLLM',
      'vllm_mode="colocate"',
      'vllm_max_model_length=MAX_PROMPT_LENGTH + MAX_COMPLETION_LENGTH',
    ].map((line) => `    ${line},`),
    ')',
    'trainer = GRPOTrainer(',
    '    model=MODEL_PATH,',
    '    reward_funcs=reward,',
    '    args=args,',
    `    train_dataset=questions(${pythonLiteral(`${stem}.parquet`)}),`,
    ...(config['eval.every'] === 0 ? [] : ['    eval_dataset=questions("test.parquet"),']),
    '    processing_class=tokenizer,',
    ')',
    'trainer.train()',
    'trainer.save_model()',
    '',
  ].join('\n');
}

function modelLines({ config, number }: LaunchStage): string[] {
  if (number === 1 && isPlainPath(config.policy))
    return [`MODEL_PATH = os.environ.get("MODEL_PATH", ${pythonLiteral(config.policy)})`];
  const what = number === 1 ? 'a Hugging Face model' : `the model that stage ${number - 1} saved`;
  return [`MODEL_PATH = os.environ["MODEL_PATH"]  # ${what}`];
}

/** The rest of the script, the same for every run. */
const body = `def overlong(length):
    """The soft penalty of DAPO over the last tokens of the longest answer."""
    if not OVERLONG_PENALTY:
        return 0.0
    over = length - (MAX_COMPLETION_LENGTH - OVERLONG_BUFFER_LENGTH)
    return min(-over / OVERLONG_BUFFER_LENGTH * OVERLONG_PENALTY_FACTOR, 0.0)


def text_of(completion):
    if isinstance(completion, str):
        return completion
    message = completion[-1]
    thought, answer = message.get("reasoning_content"), message.get("content") or ""
    return f"{thought}</think>{answer}" if thought else answer


def reward(completions, completion_ids, data_source, reward_model, **_):
    return [
        compute_score(source, text_of(completion), truth["ground_truth"], rule=REWARD_RULE)["score"]
        + overlong(len(ids))
        for completion, ids, source, truth in zip(completions, completion_ids, data_source, reward_model)
    ]


def per_process(answers):
    if answers % WORLD_SIZE:
        raise SystemExit(f"{answers} answers an update do not divide among {WORLD_SIZE} processes.")
    return answers // WORLD_SIZE


tokenizer = AutoTokenizer.from_pretrained(MODEL_PATH)


def questions(name):
    def fits(row):
        text = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, tokenize=False)
        return len(tokenizer(text, add_special_tokens=False)["input_ids"]) <= MAX_PROMPT_LENGTH

    return load_dataset("parquet", data_files=os.path.join(DATA_DIR, name), split="train").filter(fits)

`;
