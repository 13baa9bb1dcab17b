import { holdRows } from './hold.ts';
import { commandRows, hardeningRows, ownerRows, scanRows, testRows } from './rows/gate.ts';
import { baseVexRows, imageVexRows } from './rows/vex.ts';

holdRows({
  'VEX beside the base': baseVexRows,
  'VEX beside the image': imageVexRows,
  scan: scanRows,
  owners: ownerRows,
  hardening: hardeningRows,
  tests: testRows,
  'a test command': commandRows,
});
