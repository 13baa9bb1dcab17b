import { holdTable } from './hold.ts';
import { imageTable } from './table.ts';

holdTable(imageTable);
