/** @file From a run's configuration to the words the training loop, the sampler and the scorer read. */
import type { TrainerSettings } from '../rl/settings';
import { oldLogProbOf } from './rollout-weights';
import type { RunConfig } from './settings';
import { parseStages } from './stages-text';

/** The training loop's part of a configuration; a plain copy, safe to take anew at every step. */
export function trainerSettings(config: RunConfig): TrainerSettings {
  return {
    seed: config.seed,
    stages: parseStages(config.curriculum),
    sft: {
      documents: config['sft.documents'],
      examples: config['sft.examples'],
      lr: config['sft.lr'],
      lrWarmupSteps: config['sft.lr_warmup_steps'],
      lrDecaySteps: config['sft.lr_decay_steps'],
      mean: config['sft.loss_mean'],
      probeEvery: config['sft.probe_every'],
      probeQuestions: config['sft.probe_questions'],
    },
    pool: {
      rule: config['pool.rule'],
      size: config['pool.size'],
      floor: config['pool.floor'],
      temperature: config['pool.temperature'],
      maxWeight: config['pool.max_weight'],
      measure: config['pool.measure'],
      share: config['pool.share'],
      onEmpty: config['pool.on_empty'],
    },
    groupSize: config.group_size,
    trainBatchSize: config.train_batch_size,
    genBatchSize: config.gen_batch_size,
    miniBatchSize: config.mini_batch_size,
    ppoEpochs: config.ppo_epochs,
    temperature: config.temperature,
    topK: config.top_k,
    topP: config.top_p,
    maxResponseLength: config.max_response_length,
    clipRatioLow: config.clip_ratio_low,
    clipRatioHigh: config.clip_ratio_high,
    clipRatioC: config.clip_ratio_c,
    lossMode: config['policy_loss.loss_mode'],
    tauPos: config.tau_pos,
    tauNeg: config.tau_neg,
    klLossCoef: config.kl_loss_coef,
    useReference: config.kl_loss_coef > 0,
    klLossType: config.kl_loss_type,
    entropyCoeff: config.entropy_coeff,
    normAdvByStd: config.norm_adv_by_std,
    normAdvStdOver: config.norm_adv_std_over,
    advEpsilon: config.adv_epsilon,
    negativeClip: { level: config['negative_clip.level'], tau: config['negative_clip.tau'] },
    aepo: {
      rule: config['aepo.rule'],
      low: config['aepo.entropy_low'],
      high: config['aepo.entropy_high'],
    },
    oldLogProb: oldLogProbOf(config),
    lossAggMode: config.loss_agg_mode,
    tokenMeanOver: config.token_mean_over,
    microBatchSize: config.ppo_micro_batch_size,
    filterGroups: {
      enable: config['filter_groups.enable'],
      metric: config['filter_groups.metric'],
      maxNumGenBatches: config['filter_groups.max_num_gen_batches'],
      onBound: config['filter_groups.on_bound'],
    },
    lr: config.lr,
    lrWarmupSteps: config.lr_warmup_steps,
    lrDecaySteps: config.lr_decay_steps,
    beta1: config.beta1,
    beta2: config.beta2,
    adamEpsilon: config.adam_epsilon,
    weightDecay: config.weight_decay,
    gradClip: config.grad_clip,
  };
}
