/** @file The Lab: all views of the run between one rail and one inspector, in three width tiers. */
import { useEffect } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { Frame } from '../screens/Frame';
import { setView, useView } from '../state/view';
import { labStrings } from '../strings-lab';
import { Inspector } from './Inspector';
import styles from './lab.module.css';
import { Rail } from './Rail';
import { useTier } from './tier';
import { useLabKeys } from './useLabKeys';
import { views } from './views';

const words = labStrings.views;

export default function Lab() {
  useLabKeys();
  const tier = useTier();
  useEffect(() => {
    // Where only one fits, the view comes first.
    if (tier === 'one') setView({ inspecting: false });
  }, [tier]);
  return (
    <Frame keys={words.keys}>
      <div className={styles.frame} data-tier={tier} data-testid="lab">
        <Rail />
        {tier === 'one' ? <OnePanel /> : <TwoPanels />}
      </div>
    </Frame>
  );
}

function TwoPanels() {
  const inspecting = useView((state) => state.inspecting);
  const isHidden = useView((state) => state.hidden.includes('inspector'));
  const shown = inspecting && !isHidden;
  const layout = useDefaultLayout({ id: 'longview.lab', panelIds: shown ? ['main', 'inspector'] : ['main'] });
  return (
    <main className={styles.panels}>
      <Group
        orientation="horizontal"
        defaultLayout={layout.defaultLayout}
        onLayoutChanged={layout.onLayoutChanged}
      >
        <Panel id="main" minSize="30%" className={styles.cell}>
          <div className={styles.main}>
            <CurrentView />
          </div>
        </Panel>
        {shown && (
          <>
            <Separator className={styles.separator} aria-label={words.resize} />
            <Panel id="inspector" defaultSize="34%" minSize="22%" className={styles.cell}>
              <Inspector />
            </Panel>
          </>
        )}
      </Group>
    </main>
  );
}

/** Below 720 pixels: the view, or the inspector over its place. */
function OnePanel() {
  const inspecting = useView((state) => state.inspecting);
  const isHidden = useView((state) => state.hidden.includes('inspector'));
  return <main className={styles.main}>{inspecting && !isHidden ? <Inspector /> : <CurrentView />}</main>;
}

function CurrentView() {
  const view = useView((state) => state.view);
  const Component = views[view];
  return <Component />;
}
