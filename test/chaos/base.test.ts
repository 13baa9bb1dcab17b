import { holdTable } from './hold.ts';
import { baseTable } from './table.ts';

holdTable(baseTable);
