/** @file The long document in the Lab: Play's reader with more room. */
import { DocumentPanel } from '../panels/DocumentPanel';
import rollouts from './rollouts.module.css';

export default function DocumentView() {
  return (
    <div className={rollouts.reader}>
      <DocumentPanel />
    </div>
  );
}
