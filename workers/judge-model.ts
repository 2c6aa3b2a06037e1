/** @file Loads a judge's model in whatever worker is to run it: its own, or the one that trains. */
import { type OpenedJudge, openJudge } from '../src/run/onnx/open-judge';
import { judgeFiles } from './judge-files';
import type { JudgeOrder, JudgeProgress } from './protocol';

/** @param device the one that trains, for `where: 'shared'`. @throws CodedError, see openJudge. */
export function openJudgeModel(
  { plan, choice, where }: JudgeOrder,
  device: GPUDevice | null,
  onProgress: (progress: JudgeProgress) => void,
): Promise<OpenedJudge> {
  const base = new URL(`${import.meta.env.BASE_URL}judge/`, self.location.origin).href;
  return openJudge(judgeFiles(choice, base, onProgress), plan, where, device);
}
