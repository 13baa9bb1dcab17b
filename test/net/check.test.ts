import { holdRows } from './hold.ts';
import { recordRows } from './rows/check.ts';
import { matrixRows } from './rows/matrix.ts';

holdRows({ records: recordRows, matrix: matrixRows });
