import type { Annotation } from '../ports.ts';
import { visibleText } from '../text/escape.ts';
import type { Diagnosis } from './check.ts';
import { sentence } from './render.ts';

/** GitHub shows ten of each level a step. */
const most = 10;

/** What to show beside lines of files: warnings and problems that have one. `place` is where the root stands in its repository. */
export function diagnosisAnnotations(diagnoses: readonly Diagnosis[], place: string): readonly Annotation[] {
  const ofLevel = (level: Annotation['level'], state: Diagnosis['state']) =>
    diagnoses
      .filter((one) => one.state === state)
      .flatMap((one) => annotation(one, level, place))
      .slice(0, most);
  return [...ofLevel('error', 'problem'), ...ofLevel('warning', 'warning')];
}

function annotation(diagnosis: Diagnosis, level: Annotation['level'], folder: string): readonly Annotation[] {
  const { place, group } = diagnosis;
  if (place === undefined) return [];
  // Workflow files stand at the top of the repository, and their paths begin there.
  const path = group === 'workflows' || folder === '' ? place.path : `${folder}/${place.path}`;
  return [{ level, path, line: place.line, title: 'Base image refresh', message: visibleText(sentence(diagnosis)) }];
}
