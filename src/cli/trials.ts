/** @file Trials of a proof over seeds, kept in one JSON file after each, so that an interrupted proof goes on. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Gpu } from '../gpu';
import type { RunConfig } from '../run/settings';
import { usage } from './args';

/** What all trials of a file depend on, but seed and arm. */
export interface ProofIdentity {
  config: RunConfig;
  document: string;
  adapter: Gpu['adapter'];
}

export class TrialFile<Trial extends { arm: string; seed: number; steps: number }> {
  readonly trials: Trial[];
  private readonly file: string | undefined;
  private readonly identity: ProofIdentity;

  private constructor(file: string | undefined, identity: ProofIdentity, trials: Trial[]) {
    this.file = file;
    this.identity = identity;
    this.trials = trials;
  }

  /**
   * With the trials that an earlier call wrote; without a file none are kept.
   * @throws CodedError `cli.usage` where the file is no JSON or holds trials of other settings.
   */
  static async open<T extends { arm: string; seed: number; steps: number }>(
    file: string | undefined,
    identity: ProofIdentity,
  ): Promise<TrialFile<T>> {
    const text = file === undefined ? null : await readFile(file, 'utf8').catch(() => null);
    if (text === null) return new TrialFile<T>(file, identity, []);
    let earlier: Partial<ProofIdentity & { trials: T[] }>;
    try {
      earlier = JSON.parse(text);
    } catch {
      throw usage(`--out ${file} exists and is not JSON; name another file.`);
    }
    const key = (proof: Partial<ProofIdentity>) =>
      JSON.stringify([proof.config, proof.document, proof.adapter]);
    if (key(earlier) !== key(identity))
      throw usage(`--out ${file} holds trials of other settings; name another file.`);
    return new TrialFile<T>(file, identity, earlier.trials ?? []);
  }

  find(arm: string, seed: number, steps: number): Trial | undefined {
    return this.trials.find((done) => done.arm === arm && done.seed === seed && done.steps === steps);
  }

  async add(trial: Trial): Promise<void> {
    this.trials.push(trial);
    await this.save({});
  }

  /** Writes everything, with what was concluded from it. */
  async save(conclusions: object): Promise<void> {
    if (this.file === undefined) return;
    const proof = { ...this.identity, ...conclusions, trials: this.trials };
    await writeFile(this.file, `${JSON.stringify(proof, null, 2)}\n`);
  }
}

export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
