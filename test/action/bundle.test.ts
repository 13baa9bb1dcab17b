import { describe } from 'vitest';
import { describeWith, program } from '../e2e/setup/parts.ts';
import { bundleSuite } from '../hosts/bundle-suite.ts';

describe(`the action on the Node that runs the tests`, () => bundleSuite('github', () => process.execPath));
describeWith(['node24'], 'the action on Node 24', () => bundleSuite('github', () => program('node24', 'node')));
