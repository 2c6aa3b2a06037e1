/** @file A file whose columns nobody knows, waiting for a person to say which is which. */
import { create } from 'zustand';
import type { ShapePreview } from '../../run/dataset/shape';

export interface UnknownShape {
  file: File;
  /** What was missed, and the columns there are. */
  message: string;
  preview: ShapePreview;
}

export const useColumns = create<{ asked: UnknownShape | null }>()(() => ({ asked: null }));

export function askColumns(asked: UnknownShape | null): void {
  useColumns.setState({ asked });
}

/** The preview that comes with an error of `import.shape`, which has left a worker as a plain object. */
export function previewOf(error: unknown): { message: string; preview: ShapePreview } | null {
  if (typeof error !== 'object' || error === null || !('preview' in error) || !('message' in error))
    return null;
  // The library worker sends both with the code import.shape, and nothing else with a preview.
  return { message: String(error.message), preview: error.preview as ShapePreview };
}
