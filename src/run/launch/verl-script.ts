/**
 * @file Settings as a bash script that launches verl, in the shape of QwenLong-L1's rl_4nodes_dapo.sh: one Hydra override a
 * line. For verl 0.7.0 with recipe/dapo, or for the verl that QwenLong-L1 ships.
 */
import { headerLines } from './header';
import { hydraValue, type Literal, shellWord } from './literals';
import { type LaunchStage, transfer } from './plan';
import { type Entry, isPlainPath, type LaunchTarget } from './setting-keys';

const actor = 'actor_rollout_ref.actor';
const rollout = 'actor_rollout_ref.rollout';
const ref = 'actor_rollout_ref.ref';
const model = 'actor_rollout_ref.model';

/** An override whose value is a variable of the script, free text of a path among them. */
interface Variable {
  key: string;
  /** Between double quotes of bash. */
  text: string;
}

/** @param title of the document or data set; stands in a comment. */
export function verlScript(
  stage: LaunchStage,
  target: Exclude<LaunchTarget, 'trl'>,
  title: string | null,
): string {
  const { config, stem } = stage;
  const { entries, losses } = transfer(config, target);
  const isConstant = ({ key }: Entry) => /^[A-Z_]+$/.test(key);
  const constants = entries.filter(isConstant);
  const overrides = entries.filter((each) => !isConstant(each));
  const lines: string[] = [
    '#!/usr/bin/env bash',
    ...headerLines(stage, target, losses, title),
    'set -euo pipefail',
    '',
    ...modelLines(stage),
    `# DATA_DIR holds ${stem}.parquet and test.parquet, in verl's columns`,
    withDefault('DATA_DIR', '.'),
    withDefault('OUT', './checkpoints'),
    withDefault('NODES', 1),
    withDefault('GPUS', 8),
    withDefault('EPOCHS', 30),
    withDefault('MAX_TOKENS_PER_GPU', config.max_prompt_length + config.max_response_length),
    withDefault('SEQUENCE_PARALLEL', 1),
    withDefault('TENSOR_PARALLEL', 1),
    ...(target === 'verl' ? [`HERE="$(cd "$(dirname "${variable('BASH_SOURCE[0]')}")" && pwd)"`] : []),
    ...constants.map(({ key, value }) => `export ${key}=${shellWord(String(value))}`),
    '',
    target === 'verl' ? 'python3 -m recipe.dapo.main_dapo \\' : 'python3 -m verl.trainer.main_ppo \\',
    ...[
      ...frame(stage, target).map((each) =>
        'text' in each ? `${each.key}="${each.text}"` : override(each.key, each.value),
      ),
      ...overrides.map(({ key, value }) => override(key, value)),
    ].map((line) => `    ${line} \\`),
    '    "$@"',
    '',
  ];
  return lines.join('\n');
}

/** A variable of the script, to stand between double quotes. */
function variable(name: string): string {
  return `\${${name}}`;
}

/** @param value a number or a fixed word, never a text from outside. */
function withDefault(name: string, value: string | number): string {
  return `${name}="${variable(`${name}:-${value}`)}"`;
}

function required(what: string): string {
  return `MODEL_PATH="${variable(`MODEL_PATH:?Set it to ${what}.`)}"`;
}

/** One word: a name and a number stand bare, everything else between quotes. */
function override(key: string, value: Literal): string {
  const bare = typeof value === 'number' || typeof value === 'boolean';
  return bare ? `${key}=${hydraValue(value)}` : shellWord(`${key}=${hydraValue(value)}`);
}

function modelLines({ config, number }: LaunchStage): string[] {
  if (number > 1) return [required(`the merged checkpoint of stage ${number - 1}`)];
  if (!isPlainPath(config.policy)) return [required('a Hugging Face model')];
  return [`GIVEN=${shellWord(config.policy)}`, withDefault('MODEL_PATH', '$GIVEN')];
}

/** What no setting says: files, engine, machine. */
function frame({ steps, stem, of, config }: LaunchStage, target: 'verl' | 'qwenlong'): (Entry | Variable)[] {
  const fork = target === 'qwenlong';
  const name = `${config.preset}-${of === 1 ? 'run' : stem}`;
  return [
    { key: 'data.train_files', text: `${variable('DATA_DIR')}/${stem}.parquet` },
    { key: 'data.val_files', text: `${variable('DATA_DIR')}/test.parquet` },
    { key: 'data.prompt_key', value: 'prompt' },
    { key: 'data.filter_overlong_prompts', value: true },
    { key: 'algorithm.adv_estimator', value: 'grpo' },
    { key: 'algorithm.kl_ctrl.kl_coef', value: 0 },
    ...(fork ? [] : [{ key: 'algorithm.use_kl_in_reward', value: false }]),
    { key: `${model}.path`, text: variable('MODEL_PATH') },
    { key: `${model}.use_remove_padding`, value: true },
    { key: `${model}.enable_gradient_checkpointing`, value: true },
    { key: `${actor}.use_dynamic_bsz`, value: true },
    { key: `${ref}.log_prob_use_dynamic_bsz`, value: true },
    { key: `${rollout}.log_prob_use_dynamic_bsz`, value: true },
    { key: `${actor}.ppo_max_token_len_per_gpu`, text: variable('MAX_TOKENS_PER_GPU') },
    { key: `${ref}.log_prob_max_token_len_per_gpu`, text: variable('MAX_TOKENS_PER_GPU') },
    { key: `${rollout}.log_prob_max_token_len_per_gpu`, text: variable('MAX_TOKENS_PER_GPU') },
    { key: `${actor}.ulysses_sequence_parallel_size`, text: variable('SEQUENCE_PARALLEL') },
    { key: `${ref}.ulysses_sequence_parallel_size`, text: variable('SEQUENCE_PARALLEL') },
    { key: `${rollout}.name`, value: 'vllm' },
    { key: `${rollout}.tensor_model_parallel_size`, text: variable('TENSOR_PARALLEL') },
    { key: `${rollout}.gpu_memory_utilization`, value: 0.5 },
    { key: `${rollout}.val_kwargs.n`, value: 1 },
    { key: `${rollout}.val_kwargs.do_sample`, value: true },
    ...(fork
      ? []
      : [
          { key: 'reward_model.reward_manager', value: 'dapo' },
          { key: 'custom_reward_function.path', text: `${variable('HERE')}/reward.py` },
          { key: 'custom_reward_function.name', value: 'compute_score' },
        ]),
    { key: 'trainer.logger', value: ['console'] },
    { key: 'trainer.project_name', value: 'longview' },
    { key: 'trainer.experiment_name', value: name },
    { key: 'trainer.nnodes', text: variable('NODES') },
    { key: 'trainer.n_gpus_per_node', text: variable('GPUS') },
    { key: fork ? '+trainer.val_before_train' : 'trainer.val_before_train', value: true },
    { key: 'trainer.default_local_dir', text: `${variable('OUT')}/${name}` },
    { key: 'trainer.resume_mode', value: 'auto' },
    steps === null
      ? { key: 'trainer.total_epochs', text: variable('EPOCHS') }
      : { key: 'trainer.total_training_steps', value: steps },
  ];
}
