import { answersOf } from './faults/answers.ts';
import { baseContent, imageContent } from './faults/content.ts';
import { hostFaults } from './faults/hosts.ts';
import { tokenFaults } from './faults/tokens.ts';
import { writeFaults } from './faults/writes.ts';
import type { Section } from './row.ts';

/** Faults on the side of the base. */
export const baseTable: readonly Section[] = [
  {
    title: 'The registry of the base',
    about: "Public, with anonymous tokens, as Docker Hub is. `scan` reads it to tell which findings are the base's.",
    rows: [...answersOf('base'), ...hostFaults('base')],
  },
  { title: 'Its token server', about: 'What gives the tokens to read the base.', rows: tokenFaults('base') },
  {
    title: 'What it has of the base',
    about: 'The base as it is stored; its layers are read only by what rebuilds.',
    rows: baseContent,
  },
];

/** Faults on the side of the image. */
export const imageTable: readonly Section[] = [
  {
    title: 'The registry of the image',
    about:
      'Private, with a user and a password. Where it says that it has no such image, that is an answer and no fault: the image is to be published for the first time, which a rebase cannot do.',
    rows: [...answersOf('image'), ...hostFaults('image')],
  },
  {
    title: 'The token server of the image',
    about: 'What gives the tokens to read and write the image.',
    rows: tokenFaults('image'),
  },
  { title: 'What it has of the image', about: 'The published image as it is stored.', rows: imageContent },
  {
    title: 'Writing',
    about:
      'Only `refresh` and `rebase` write. Whatever fails, the release tag names afterwards what it named before, or what somebody else put there.',
    rows: writeFaults,
    ofWrites: true,
  },
];

/** Every fault, and what is stated of each command: test/chaos holds the product to it, docs/reliability.md shows it. */
export const table: readonly Section[] = [...baseTable, ...imageTable];
