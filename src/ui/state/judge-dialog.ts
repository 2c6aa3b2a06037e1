/** @file Whether the judge's dialog is open; buttons in several places open it. */
import { create } from 'zustand';

export const useJudgeDialog = create<{ open: boolean }>()(() => ({ open: false }));

export function showJudgeDialog(open: boolean): void {
  useJudgeDialog.setState({ open });
}
