/** @file From a point of Play's curves to the answers of its step: on the page where it has them, else in the Lab. */
import { worthShowing } from './groups';
import { navigate } from './link-sync';
import { getUi, showGroup } from './store';
import { getView } from './view';

export type StepPlace = 'here' | 'lab' | 'nowhere';

/** Where the answers of a step can be read: the page keeps those of the newest steps, the run folder all. */
export function placeOfStep(step: number): StepPlace {
  if (getUi().groups.some((group) => group.step === step)) return 'here';
  const { hidden } = getView();
  // Before the first step there are no answers.
  if (step < 1 || hidden.includes('level') || hidden.includes('rollouts')) return 'nowhere';
  return 'lab';
}

export function pickStep(step: number): void {
  switch (placeOfStep(step)) {
    case 'here': {
      const group = worthShowing(getUi().groups.filter((own) => own.step === step));
      if (group) showGroup(group.uid);
      return;
    }
    case 'lab':
      navigate({ level: 'lab', view: 'rollouts', step });
      return;
    case 'nowhere':
      return;
  }
}
