import { holdRows } from './hold.ts';
import { deployRows } from './rows/deploy.ts';
import { firstRows, lockRows, releaseRows, rollbackRows } from './rows/promote.ts';
import { attestRows, signerRows, signRows } from './rows/sign.ts';

holdRows({
  signing: signRows,
  'whose signature it was': signerRows,
  attesting: attestRows,
  'rollback tags': rollbackRows,
  'release tags': releaseRows,
  'a first publication': firstRows,
  'the lock file': lockRows,
  deployment: deployRows,
});
