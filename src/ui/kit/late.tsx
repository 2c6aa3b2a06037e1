/**
 * @file A component whose code comes when it is first shown, or before. React's own `lazy` shows what has come at its lowest
 * priority: beside a run of many steps a second that is seconds later.
 */
import { type ComponentType, type ReactNode, useEffect, useReducer } from 'react';

type Late<P> = ComponentType<P> & {
  /** Fetches the code now. */
  fetch(): Promise<void>;
};

/** @param meanwhile what stands in its place until then. */
export function late<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  meanwhile: ReactNode = null,
): Late<P> {
  let Loaded: ComponentType<P> | null = null;
  const fetch = async () => {
    Loaded ??= (await load()).default;
  };
  // biome-ignore lint/correctness/noComponentHookFactories: made once, where a module begins.
  function Shown(props: P) {
    const [, renew] = useReducer((times: number) => times + 1, 0);
    useEffect(() => {
      if (!Loaded) void fetch().then(renew);
    }, []);
    return Loaded ? <Loaded {...props} /> : meanwhile;
  }
  return Object.assign(Shown, { fetch });
}
