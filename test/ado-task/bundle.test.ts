import { describe } from 'vitest';
import { describeWith, program } from '../e2e/setup/parts.ts';
import { bundleSuite } from '../hosts/bundle-suite.ts';

describe(`the task on the Node that runs the tests`, () => bundleSuite('azure', () => process.execPath));
describeWith(['node24'], 'the task on Node 24', () => bundleSuite('azure', () => program('node24', 'node')));
